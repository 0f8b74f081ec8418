import type { PurchaseAsk } from '../../data/api';
import type { T } from '../../language';
import type { TextKey } from '../../text';
import { channelText } from '../../text/names';

const words = ['category', 'sku', 'brand', 'store', 'channel', 'from', 'to'] as const;
const marks = ['returned', 'discounted', 'with_coupon'] as const;

const labels: Record<'category' | 'brand' | 'store' | 'channel' | 'sku', TextKey> = {
  category: 'portrait.categories', brand: 'portrait.brands', store: 'portrait.stores', channel: 'portrait.channels', sku: 'portrait.products',
};

/** Which purchases the address asks for. */
export function askedOf(search: URLSearchParams): PurchaseAsk {
  const wanted: PurchaseAsk = {};
  for (const word of words) {
    const value = search.get(word);
    if (value) wanted[word] = value;
  }
  for (const mark of marks) if (search.has(mark)) wanted[mark] = search.get(mark) === 'true';
  return wanted;
}

/** The part of an address that asks for purchases. */
export function searchOf(wanted: PurchaseAsk): Record<string, string> {
  return Object.fromEntries(Object.entries(wanted).map(([name, value]) => [name, String(value)]));
}

/** The purchases behind a fact, by the attribute that it is. */
export function behind(attribute: string | null | undefined, code: string | null | undefined): PurchaseAsk {
  switch (attribute) {
    case 'habit.returns':
      return { returned: true };
    case 'habit.discount_share':
      return { discounted: true };
    case 'habit.coupon_share':
      return { with_coupon: true };
    case 'habit.home_store':
      return code ? { store: code } : {};
    case 'habit.platform':
      return code ? { channel: code } : {};
    case 'habit.category':
      return code ? { category: code } : {};
    case 'habit.product':
      return code ? { sku: code } : {};
    default:
      return {};
  }
}

/** Which purchases are shown, in words; none for all of them. */
export function askedWords(wanted: PurchaseAsk, t: T, date: (day: string) => string): string | null {
  const said: string[] = [];
  for (const name of ['category', 'brand', 'sku', 'store', 'channel'] as const) {
    const value = wanted[name];
    if (!value) continue;
    const channel = name === 'channel' ? channelText(value) : null;
    said.push(`${t(labels[name])}: ${channel ? t(channel) : value}`);
  }
  if (wanted.returned) said.push(t('records.returned'));
  if (wanted.discounted) said.push(t('records.discounted'));
  if (wanted.with_coupon) said.push(t('records.with_coupon'));
  if (wanted.from && wanted.to) said.push(wanted.from === wanted.to ? date(wanted.from) : t('records.days', { from: date(wanted.from), to: date(wanted.to) }));
  return said.length > 0 ? said.join(' · ') : null;
}
