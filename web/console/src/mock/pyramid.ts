import type { Pyramid, PyramidMember } from '@danggol/api';
import { rowOf, type MockBrand } from './brand';
import type { Ask } from './serve';

interface Ranked extends PyramidMember {
  layer: string;
}

export function pyramidOf(brand: MockBrand, ask: Ask): { pyramid: Pyramid; ranked: Ranked[] } {
  const to = ask.query.get('to') ?? new Date().toISOString().slice(0, 10);
  const from = ask.query.get('from') ?? new Date(Date.now() - 365 * 86_400_000).toISOString().slice(0, 10);
  const totals = new Map<string, Ranked>();
  for (const purchase of brand.purchases) {
    if (purchase.business_date < from || purchase.business_date > to) continue;
    const member = brand.members.find((candidate) => candidate.id === purchase.member_id);
    if (!member) continue;
    const one = totals.get(member.id) ?? { rank: 0, member: rowOf(member), amount_minor: 0, purchases: 0, quantity: 0, last_purchase_at: purchase.occurred_at, layer: '' };
    one.amount_minor += purchase.amount_minor - purchase.returned_minor;
    one.purchases += 1;
    one.quantity += purchase.quantity;
    totals.set(member.id, one);
  }
  const ranked = [...totals.values()].sort((a, b) => b.amount_minor - a.amount_minor);
  const amount = ranked.reduce((sum, one) => sum + one.amount_minor, 0);
  let start = 0;
  const layers = brand.programme.pyramid.layers.map((layer) => {
    const end = Math.ceil((ranked.length * layer.share_bp) / 10_000);
    const those = ranked.slice(start, end);
    those.forEach((one, index) => {
      one.rank = start + index + 1;
      one.layer = layer.code;
    });
    start = end;
    const sum = those.reduce((total, one) => total + one.amount_minor, 0);
    return {
      code: layer.code, name: layer.name, members: those.length, amount_minor: sum, lowest_minor: those.at(-1)?.amount_minor ?? 0,
      amount_share_bp: amount ? Math.round((sum * 10_000) / amount) : 0, member_share_bp: ranked.length ? Math.round((those.length * 10_000) / ranked.length) : 0,
    };
  });
  const upTo = (bp: number) => ranked.slice(0, Math.ceil((ranked.length * bp) / 10_000)).reduce((sum, one) => sum + one.amount_minor, 0);
  const share = (bp: number) => (amount ? Math.round((upTo(bp) * 10_000) / amount) : 0);
  return {
    ranked,
    pyramid: {
      from, to, buyers: ranked.length, members: brand.members.length, amount_minor: amount, layers,
      curve: Array.from({ length: 101 }, (_, percent) => ({ members_bp: percent * 100, amount_bp: share(percent * 100) })), top20_amount_bp: share(2000), took_us: 840, criteria: brand.programme.pyramid,
    },
  };
}
