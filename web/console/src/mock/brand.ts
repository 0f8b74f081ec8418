import type { Caps, Entry, Key, Language, Member, MemberRow, Note, Programme, Purchase, PurchaseLine, Standing, User } from '@danggol/api';
import { goods, inventName } from './names';
import { said } from './words';

/** The mock's sample brand: a seeded year of people and purchases, kept in memory. */

export interface MockMember extends Member {
  initials: string;
  phone: string;
}

export interface MockBrand {
  members: MockMember[];
  purchases: Purchase[];
  entries: Map<string, Entry[]>;
  notes: Map<string, Note[]>;
  programme: Programme;
  draft: Programme | null;
  version: number;
  keys: Key[];
  users: User[];
  language: Language;
}

const day = 86_400_000;
const noCaps: Caps = { per_purchase: null, per_day: null, per_month: null, per_year: null };
const noValue = (asset: 'value_principal' | 'value_bonus') => ({ asset, balance: 0, available: 0, pending: 0, debt: 0, expiring: [] });
const noGrowth = { asset: 'growth' as const, balance: 0, available: 0, pending: 0, debt: 0, expiring: [] };

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function newProgramme(language: Language): Programme {
  const s = (key: string) => said(key, language);
  return {
    name: s('baseName'),
    earning: {
      rules: [
        { id: 'base', name: s('baseName'), enabled: true, when: null, lines: null, award: { kind: 'rate', points: 1, per_minor: 100 }, asset: 'points', group: null, from: null, until: null, caps: noCaps, rounding: 'down' },
        {
          id: 'gold', name: s('goldName'), enabled: true, when: { all: [{ attribute: 'member.tier', op: 'in', value: ['gold', 'black'] }] }, lines: null,
          award: { kind: 'multiplier', percent: 150 }, asset: 'points', group: 'tier', from: null, until: null, caps: { ...noCaps, per_day: 5000 }, rounding: 'down',
        },
      ],
      pending_days: 0,
      expiry: { kind: 'rolling', days: 365 },
      earn_on_redeemed: false,
    },
    offers: [],
    occasions: [],
    top_ups: null,
    redemption: { points: 100, minor: 100, step: 100, minimum: 100, max_percent: 50 },
    returns: { spent_points: 'debt' },
    tiers: {
      levels: [
        { code: 'welcome', name: s('welcome'), spend_minor: 0, points: null, visits: null, layer: null },
        { code: 'silver', name: s('silver'), spend_minor: 200_000, points: null, visits: 12, layer: null },
        { code: 'gold', name: s('goldTier'), spend_minor: 800_000, points: null, visits: null, layer: null },
        { code: 'black', name: s('black'), spend_minor: 3_000_000, points: null, visits: null, layer: null },
      ],
      window: { kind: 'rolling', days: 365 },
      keep_days: 365,
      grace_days: 30,
    },
    pyramid: {
      period_days: 365,
      layers: [
        { code: 'vip', name: s('vip'), share_bp: 100 },
        { code: 'large', name: s('large'), share_bp: 500 },
        { code: 'ordinary', name: s('ordinary'), share_bp: 2000 },
        { code: 'small', name: s('small'), share_bp: 10_000 },
      ],
      weights: { amount: 1, quantity: 0, frequency: 0, recency: 0 },
    },
  };
}

export function standingOf(brand: MockBrand, id: string): Standing {
  const mine = brand.purchases.filter((purchase) => purchase.member_id === id);
  const spend = mine.reduce((sum, purchase) => sum + purchase.amount_minor - purchase.returned_minor, 0);
  const points = (brand.entries.get(id) ?? []).reduce((sum, entry) => sum + entry.points, 0);
  const levels = brand.programme.tiers.levels;
  const at = levels.reduce((best, level, index) => (spend >= (level.spend_minor ?? Infinity) ? index : best), 0);
  const tier = levels[at];
  const next = levels[at + 1];
  const needed = next?.spend_minor ?? 0;
  const dates = mine.map((purchase) => purchase.occurred_at).sort();
  const soon = new Date(Date.now() + 23 * day).toISOString();
  return {
    tier: tier ? { code: tier.code, name: tier.name, since: dates[0] ?? new Date().toISOString(), keep_until: new Date(Date.now() + 200 * day).toISOString(), grace_until: null } : null,
    next_tier: next ? { code: next.code, name: next.name, missing: [{ measure: 'spend', missing: needed - spend, reached: spend, needed }], by: new Date(Date.now() + 120 * day).toISOString() } : null,
    points: { asset: 'points', balance: points, available: Math.max(points, 0), pending: 0, debt: Math.max(-points, 0), expiring: points > 600 ? [{ amount: Math.floor(points / 5), at: soon }] : [] },
    growth: noGrowth,
    value_principal: noValue('value_principal'),
    value_bonus: noValue('value_bonus'),
    purchases: mine.length,
    visits_in_window: mine.length,
    spend_in_window_minor: spend,
    total_minor: spend,
    first_purchase_at: dates[0] ?? null,
    last_purchase_at: dates.at(-1) ?? null,
  };
}

export function rowOf(member: MockMember): MemberRow {
  const tier = member.standing.tier;
  return {
    id: member.id,
    name: member.name,
    masked_phone: member.identities.find((identity) => identity.kind === 'phone')?.masked ?? null,
    card_no: member.card_no,
    gender: member.gender,
    status: member.status,
    tier: tier ? { code: tier.code, name: tier.name } : null,
    points: member.standing.points.balance,
    store: member.store,
    joined_at: member.joined_at,
    last_purchase_at: member.standing.last_purchase_at,
    total_minor: member.standing.total_minor,
  };
}

export function mask(kind: string, value: string): string {
  if (kind === 'email') return value.replace(/^(.).*@/, '$1•••@');
  return value.length > 6 ? `${value.slice(0, 3)} •••• ${value.slice(-4)}` : '••••';
}

let counter = 0;
export function newId(prefix: string): string {
  counter += 1;
  return `${prefix}_0mock${counter.toString(36).padStart(8, '0')}`;
}

export function enrol(brand: MockBrand, name: string | null, initials: string, phone: string, joinedMs: number): MockMember {
  const at = new Date(joinedMs).toISOString();
  const cardNo = `8800${String(100_000_000 + brand.members.length * 7919).slice(1)}`;
  const member: MockMember = {
    id: newId('mem'), name, initials, phone, gender: null, birthday: null, language: null, status: 'active', card_no: cardNo, occupation: null, residence: null,
    income_band: null, household_size: null, household_points: null, preferences: null, note: null, custom: {},
    identities: [
      ...(phone ? [{ id: newId('idn'), kind: 'phone' as const, issuer: null, masked: mask('phone', phone), added_at: at, verified_at: null }] : []),
      { id: newId('idn'), kind: 'card' as const, issuer: null, masked: mask('card', cardNo), added_at: at, verified_at: null },
    ],
    source: { kind: 'counter', code: null }, store: null, joined_at: at, updated_at: at,
    standing: { points: { asset: 'points', balance: 0, available: 0, pending: 0, debt: 0, expiring: [] }, growth: noGrowth, value_principal: noValue('value_principal'), value_bonus: noValue('value_bonus'), purchases: 0, visits_in_window: 0, spend_in_window_minor: 0, total_minor: 0 },
  };
  brand.members.unshift(member);
  member.standing = standingOf(brand, member.id);
  return member;
}

export interface Sale {
  member: MockMember;
  lines: PurchaseLine[];
  atMs: number;
  store: string | null;
  redeem: number;
}

/** Decides a purchase; kept only by {@link keep}. */
export function decide(brand: MockBrand, sale: Sale, who: string): { purchase: Purchase; entry: Entry } {
  const { member, lines } = sale;
  const gross = lines.reduce((sum, line) => sum + line.amount_minor, 0);
  const redeemed = sale.redeem;
  const net = gross - redeemed;
  const tier = member.standing.tier?.code;
  const base = Math.floor(net / 100);
  const bonus = tier === 'gold' || tier === 'black' ? Math.floor(base / 2) : 0;
  const at = new Date(sale.atMs).toISOString();
  const id = newId('pur');
  const amount = (net / 100).toFixed(2);
  const why: Entry['why'] = [{ rule_id: 'base', rule_name: said('baseName', brand.language), asset: 'points', amount: base, text: said('why', brand.language, { a: amount, r: said('baseName', brand.language), p: base }) }];
  if (bonus > 0) why.push({ rule_id: 'gold', rule_name: said('goldName', brand.language), asset: 'points', amount: bonus, text: said('why', brand.language, { a: amount, r: said('goldName', brand.language), p: bonus }) });
  const purchase: Purchase = {
    id, external_no: `T${id.slice(-6).toUpperCase()}`, member_id: member.id, channel: 'store', store: sale.store, staff: null, occurred_at: at, business_date: at.slice(0, 10),
    amount_minor: gross, discount_minor: 0, coupon_minor: 0, redeemed_points: redeemed, redeemed_minor: redeemed, quantity: lines.reduce((sum, line) => sum + line.quantity, 0), kind: 'earn',
    programme_version: brand.version, lines, pricing: 'paid', offers: [], tenders: [{ kind: 'card', amount_minor: net }], returned: 'none', returned_minor: 0, points_given: base + bonus, points_taken_back: 0, points_given_back: 0,
  };
  const entry: Entry = {
    id: newId('ent'), kind: 'purchase', occurred_at: at, posted_at: at, actor: { kind: 'user', id: 'usr_1', name: who }, programme_version: brand.version, purchase_id: id,
    external_no: purchase.external_no ?? null, amount_minor: net, postings: [{ asset: 'points', amount: base + bonus, from: 'issued', to: 'holder' }], points: base + bonus - redeemed,
    balance_after: member.standing.points.balance + base + bonus - redeemed, why, tier_change: null, reason: null, other: null,
  };
  return { purchase, entry };
}

export function keep(brand: MockBrand, member: MockMember, purchase: Purchase | null, entry: Entry): void {
  if (purchase) brand.purchases.push(purchase);
  brand.entries.set(member.id, [entry, ...(brand.entries.get(member.id) ?? [])]);
  member.standing = standingOf(brand, member.id);
}

export function newBrand(size: number, language: Language): MockBrand {
  const brand: MockBrand = {
    members: [], purchases: [], entries: new Map(), notes: new Map(), programme: newProgramme(language), draft: null, version: 3,
    keys: [{ id: 'key_1', name: 'POS', scopes: ['members:read', 'purchases:write'], created_at: new Date(Date.now() - 90 * day).toISOString(), last_used_at: new Date(Date.now() - 60_000).toISOString(), revoked_at: null, prefix: 'dgk_7Qf2' }],
    users: [], language,
  };
  const next = random(7);
  const pick = <V,>(from: readonly V[]): V => from[Math.floor(next() * from.length)] as V;
  const now = Date.now();
  for (let index = 0; index < size; index += 1) {
    const main = language === 'ko' ? 1 : language === 'en' ? 2 : language === 'zh-TW' ? 0 : 3;
    const [name, initials] = inventName(pick, next() < 0.85 ? main : Math.floor(next() * 4));
    const joined = now - Math.floor(next() * 700 + 1) * day;
    const phone = language === 'ko' ? `0100000${String(1000 + index).slice(-4)}` : `1300000${String(1000 + index).slice(-4)}`;
    const member = enrol(brand, next() < 0.03 ? null : name, initials, phone, joined);
    member.gender = pick(['female', 'female', 'male'] as const);
    member.store = pick(['S01', 'S02', 'S03', 'S07']);
    if (next() < 0.6) member.birthday = { date: `19${60 + Math.floor(next() * 40)}-0${1 + Math.floor(next() * 9)}-1${Math.floor(next() * 9)}`, calendar: next() < 0.3 ? 'lunar' : 'solar', leap_month: false };
    const visits = Math.floor((1 / (next() + 0.03)) ** 1.15);
    for (let visit = 0; visit < Math.min(visits, 40); visit += 1) {
      const at = Math.max(joined, now - Math.floor(next() ** 1.4 * 360 * day));
      const lines: PurchaseLine[] = Array.from({ length: 1 + Math.floor(next() * 3) }, (_, line) => {
        const good = pick(goods);
        const quantity = next() < 0.8 ? 1 : 2;
        return { line: line + 1, sku: good.sku, name: good.name[language], category: good.category, quantity, amount_minor: good.price * quantity, returned_quantity: 0, off_minor: 0, kind: 'sale' };
      });
      const decided = decide(brand, { member, lines, atMs: at, store: member.store ?? null, redeem: 0 }, 'POS');
      brand.purchases.push(decided.purchase);
      brand.entries.set(member.id, [...(brand.entries.get(member.id) ?? []), decided.entry]);
    }
    const entries = (brand.entries.get(member.id) ?? []).sort((a, b) => (a.occurred_at < b.occurred_at ? 1 : -1));
    let running = 0;
    for (const entry of [...entries].reverse()) {
      running += entry.points;
      entry.balance_after = running;
    }
  }
  for (const member of brand.members) member.standing = standingOf(brand, member.id);
  return brand;
}
