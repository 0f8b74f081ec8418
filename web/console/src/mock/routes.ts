import type { Entry, MemberFields, MemberView, NewIdentity, NewPurchase, Programme, Purchase, PurchaseLine, Scope, Session, User } from '@danggol/api';
import { decide, enrol, keep, mask, newBrand, newId, rowOf, standingOf, type MockBrand, type MockMember } from './brand';
import { pyramidOf } from './pyramid';
import { attributes } from './attributes';
import { importRoutes } from './imports';
import { Refusal, sessionFor, type Ask, type Desk } from './serve';
import { said } from './words';
import { goods } from './names';

export type Route = [method: string, pattern: string, handler: (desk: Desk, ask: Ask) => unknown];

const day = 86_400_000;

function memberOf(desk: Desk, ask: Ask, at = 0): MockMember {
  const found = desk.brand.members.find((member) => member.id === ask.params[at]);
  if (!found) throw new Refusal(404, 'member_not_found', said('nofile', ask.language));
  return found;
}

function shown(member: MockMember) {
  const { initials: _initials, phone: _phone, ...rest } = member;
  return rest;
}

function page<V>(items: V[], ask: Ask, limit: number) {
  const from = Number(ask.query.get('cursor') ?? (ask.body.cursor as string | undefined) ?? 0);
  return { items: items.slice(from, from + limit), next_cursor: from + limit < items.length ? String(from + limit) : null, total: items.length };
}

function search(desk: Desk, ask: Ask) {
  const query = String(ask.body.query ?? '').toLowerCase().replace(/\s/g, '');
  const digits = /^\d+$/.test(query);
  const hits = desk.brand.members.filter((member) => {
    if (!query) return true;
    if (digits) return member.phone === query || member.card_no === query || (query.length === 4 && member.phone.endsWith(query)) || (query.length > 4 && member.phone.startsWith(query));
    return member.initials.startsWith(query) || (member.name ?? '').toLowerCase().replace(/\s/g, '').includes(query);
  });
  return page(hits.map(rowOf), ask, Number(ask.body.limit ?? 50));
}

function sell(desk: Desk, ask: Ask, commit: boolean) {
  const body = ask.body as unknown as NewPurchase;
  const member = desk.brand.members.find((candidate) => candidate.id === body.member_id);
  if (!member) throw new Refusal(404, 'member_not_found', said('nofile', ask.language));
  const before = structuredClone(member.standing);
  const redeem = body.redeem_points ?? 0;
  if (redeem > before.points.available) throw new Refusal(422, 'points_short', said('points', ask.language, { p: before.points.available }), { field: 'redeem_points' });
  const lines: PurchaseLine[] = body.lines.map((line, index) => ({ ...line, quantity: line.quantity ?? 1, line: index + 1, returned_quantity: 0, off_minor: 0, kind: 'sale' }));
  const { purchase, entry } = decide(desk.brand, { member, lines, atMs: Date.now(), store: body.store ?? null, redeem }, desk.session?.user.name ?? '');
  keep(desk.brand, member, purchase, entry);
  const standing = structuredClone(member.standing);
  if (!commit) {
    desk.brand.purchases.pop();
    desk.brand.entries.set(member.id, (desk.brand.entries.get(member.id) ?? []).slice(1));
    member.standing = before;
  }
  return {
    purchase, entry, points_earned: purchase.points_given, points_redeemed: redeem, points_from_household: [], tier_before: before.tier?.code ?? null, tier_after: standing.tier?.code ?? null, standing, replayed: false, offers_passed_over: [], best_price: true,
  };
}

function giveBack(desk: Desk, ask: Ask) {
  const found = desk.brand.purchases.find((candidate) => candidate.id === ask.params[0]);
  const member = desk.brand.members.find((candidate) => candidate.id === found?.member_id);
  if (!found || !member) throw new Refusal(404, 'purchase_not_found', said('nofile', ask.language));
  const purchase: Purchase = structuredClone(found);
  let amount = 0;
  const wanted = ask.body.whole ? purchase.lines.map((line) => ({ line: line.line, quantity: line.quantity - line.returned_quantity })) : (ask.body.lines as { line: number; quantity: number }[]);
  for (const { line, quantity } of wanted) {
    const target = purchase.lines.find((candidate) => candidate.line === line);
    if (!target) continue;
    amount += Math.round((target.amount_minor * quantity) / target.quantity);
    target.returned_quantity += quantity;
  }
  purchase.returned_minor += amount;
  purchase.returned = purchase.lines.every((line) => line.returned_quantity === line.quantity) ? 'wholly' : 'partly';
  const takenBack = Math.floor((purchase.points_given * amount) / purchase.amount_minor);
  purchase.points_taken_back += takenBack;
  const at = new Date().toISOString();
  const entry: Entry = {
    id: newId('ent'), kind: 'return', occurred_at: at, posted_at: at, actor: { kind: 'user', id: 'usr_1', name: desk.session?.user.name ?? null }, programme_version: desk.brand.version,
    purchase_id: purchase.id, external_no: purchase.external_no ?? null, amount_minor: -amount, postings: [], points: -takenBack,
    balance_after: member.standing.points.balance - takenBack, why: [], tier_change: null, reason: null, other: null,
  };
  if (ask.query.get('dry_run') !== 'true') {
    Object.assign(found, purchase);
    keep(desk.brand, member, null, entry);
  }
  const balance = member.standing.points.balance - (ask.query.get('dry_run') === 'true' ? takenBack : 0);
  const standing = { ...member.standing, points: { ...member.standing.points, balance, available: Math.max(balance, 0) } };
  return { entry, purchase, points_taken_back: takenBack, points_given_back: 0, value_principal_back_minor: 0, value_bonus_back_minor: 0, coupons_given_back: [], amount_minor: amount, refund_minor: amount, standing, replayed: false };
}

function adjust(desk: Desk, ask: Ask) {
  const member = memberOf(desk, ask);
  const amount = Number(ask.body.amount);
  const at = new Date().toISOString();
  const entry: Entry = {
    id: newId('ent'), kind: 'adjustment', occurred_at: at, posted_at: at, actor: { kind: 'user', id: 'usr_1', name: desk.session?.user.name ?? null }, programme_version: desk.brand.version, postings: [], points: amount,
    balance_after: member.standing.points.balance + amount, why: [], reason: String(ask.body.reason),
  };
  const balance = member.standing.points.balance + amount;
  if (ask.query.get('dry_run') === 'true') return { entry, standing: { ...member.standing, points: { ...member.standing.points, balance, available: balance } } };
  keep(desk.brand, member, null, entry);
  return { entry, standing: member.standing };
}

function timeline(desk: Desk, ask: Ask) {
  const member = memberOf(desk, ask);
  const items = [
    ...(desk.brand.entries.get(member.id) ?? []).map((entry) => ({ at: entry.occurred_at, kind: 'entry', entry, purchase: desk.brand.purchases.find((purchase) => purchase.id === entry.purchase_id) ?? null })),
    ...(desk.brand.notes.get(member.id) ?? []).map((note) => ({ at: note.at, kind: 'note', note })),
    { at: member.joined_at, kind: 'joined' },
  ].sort((a, b) => (a.at < b.at ? 1 : -1));
  return page(items, ask, 30);
}

const horizonDays = 90;

/** The mock fits nothing: what it says of everybody is that there is nothing to say yet. */
function expectedOf(desk: Desk, ask: Ask) {
  memberOf(desk, ask);
  return { sentence: null, why: null, horizon_days: horizonDays, expectation: null, history: null, fitted_at: null, lack: null };
}

function explainBalance(desk: Desk, ask: Ask) {
  const member = memberOf(desk, ask);
  const entries = desk.brand.entries.get(member.id) ?? [];
  const given = entries.reduce((sum, entry) => sum + Math.max(entry.points, 0), 0);
  const { balance, available } = member.standing.points;
  return { sentence: said('balance', ask.language, { b: balance, g: given, u: given - balance }), purse: { ...member.standing.points, balance, available }, steps: entries, more: false };
}

function explainTier(desk: Desk, ask: Ask) {
  const { standing } = memberOf(desk, ask);
  const needed = standing.next_tier?.missing[0]?.needed ?? null;
  return {
    sentence: said('tier', ask.language, { s: (standing.spend_in_window_minor / 100).toFixed(2), t: standing.tier?.name ?? '' }), standing,
    window: { from: new Date(Date.now() - 365 * day).toISOString(), to: new Date().toISOString() },
    measures: [{ measure: 'spend', reached: standing.spend_in_window_minor, needed, text: said('spend', ask.language) }], steps: [],
  };
}

function today(desk: Desk) {
  const { brand } = desk;
  const dates = Array.from({ length: 30 }, (_, index) => new Date(Date.now() - (29 - index) * day).toISOString().slice(0, 10));
  const recent = brand.purchases.filter((purchase) => purchase.occurred_at.slice(0, 10) >= (dates[0] ?? ''));
  const levels = brand.programme.tiers.levels;
  return {
    members: brand.members.length, unclaimed: 0, joined_30d: brand.members.filter((member) => member.joined_at.slice(0, 10) >= (dates[0] ?? '')).length,
    buyers_30d: new Set(recent.map((purchase) => purchase.member_id)).size, purchases_30d: recent.length, amount_30d_minor: recent.reduce((sum, purchase) => sum + purchase.amount_minor, 0),
    returns_30d_minor: recent.reduce((sum, purchase) => sum + purchase.returned_minor, 0), points_liability: brand.members.reduce((sum, member) => sum + member.standing.points.balance, 0),
    points_expiring_30d: brand.members.reduce((sum, member) => sum + (member.standing.points.expiring[0]?.amount ?? 0), 0),
    tiers: levels.map((level) => ({ code: level.code, name: level.name, members: brand.members.filter((member) => member.standing.tier?.code === level.code).length })),
    days: dates.map((date) => {
      const those = recent.filter((purchase) => purchase.business_date === date);
      return { date, purchases: those.length, amount_minor: those.reduce((sum, purchase) => sum + purchase.amount_minor, 0), joined: brand.members.filter((member) => member.joined_at.startsWith(date)).length };
    }),
    programme_version: brand.version, has_purchases: brand.purchases.length > 0,
  };
}

function check(programme: Programme, ask: Ask) {
  return {
    programme,
    faults: programme.earning.rules.flatMap((rule, index) => (rule.name.trim() ? [] : [{ path: `earning.rules.${index}.name`, code: 'empty', text: said('fault', ask.language) }])),
    words: programme.earning.rules.map((rule, index) => ({ path: `earning.rules.${index}`, text: said(rule.award.kind === 'multiplier' ? 'gold' : 'base', ask.language) })),
  };
}

function createMember(desk: Desk, ask: Ask) {
  const identities = (ask.body.identities ?? []) as NewIdentity[];
  const phone = identities.find((identity) => identity.kind === 'phone')?.value ?? '';
  const taken = phone ? desk.brand.members.find((member) => member.phone === phone) : undefined;
  if (taken) throw new Refusal(409, 'identity_taken', said('taken', ask.language), { member_id: taken.id, field: 'identities.0.value' });
  return shown(enrol(desk.brand, (ask.body.name as string | undefined) ?? null, '', phone, Date.now()));
}

function addIdentity(desk: Desk, ask: Ask) {
  const member = memberOf(desk, ask);
  const { kind, value, issuer } = ask.body as unknown as NewIdentity;
  member.identities.push({ id: newId('idn'), kind, issuer: issuer ?? null, masked: mask(kind, value), added_at: new Date().toISOString(), verified_at: null });
  return shown(member);
}

function emptyTo(desk: Desk, brand: MockBrand, session: Session) {
  desk.brand = brand;
  desk.needsOwner = false;
  desk.setSession(session);
  return session;
}

export const routes: Route[] = [
  ['GET', '/setup', (desk) => ({ needs_owner: desk.needsOwner })],
  ['POST', '/setup', (desk, ask) => emptyTo(desk, newBrand(0, ask.language), sessionFor(ask.language, 'owner'))],
  ['GET', '/session', (desk) => {
    if (!desk.session) throw new Refusal(401, 'signed_out', 'signed out');
    return desk.session;
  }],
  ['POST', '/session', (desk, ask) => {
    if (ask.body.password === 'wrong') throw new Refusal(401, 'bad_credentials', said('login', ask.language));
    const session = sessionFor(desk.brand.language, ask.body.login === 'clerk' ? 'clerk' : 'owner');
    desk.setSession(session);
    return session;
  }],
  ['DELETE', '/session', (desk) => desk.setSession(null)],
  ['POST', '/session/password', () => undefined],
  ['GET', '/today', today],
  ['POST', '/members/search', search],
  ['GET', '/member-views', () => ({ items: [] })],
  ['PUT', '/member-views', (_desk, ask) => ({ items: ((ask.body.items ?? []) as MemberView[]).map((view) => ({ ...view, mine: true, by: null })) })],
  ['POST', '/members/count', (desk) => ({ count: desk.brand.members.length })],
  ['POST', '/members', createMember],
  ['GET', '/members/:id', (desk, ask) => shown(memberOf(desk, ask))],
  ['PATCH', '/members/:id', (desk, ask) => shown(Object.assign(memberOf(desk, ask), ask.body as MemberFields))],
  ['POST', '/members/:id/identities', addIdentity],
  ['DELETE', '/members/:id/identities/:id', (desk, ask) => {
    const member = memberOf(desk, ask);
    member.identities = member.identities.filter((identity) => identity.id !== ask.params[1]);
    return shown(member);
  }],
  ['POST', '/members/:id/card-replacements', (desk, ask) => {
    const member = memberOf(desk, ask);
    member.card_no = `8800${Math.floor(10_000_000 + Math.random() * 89_999_999)}`;
    return shown(member);
  }],
  ['POST', '/members/:id/notes', (desk, ask) => {
    const note = { id: newId('not'), text: String(ask.body.text), at: new Date().toISOString(), actor: { kind: 'user' as const, name: desk.session?.user.name ?? null } };
    const id = memberOf(desk, ask).id;
    desk.brand.notes.set(id, [note, ...(desk.brand.notes.get(id) ?? [])]);
    return note;
  }],
  ['GET', '/members/:id/timeline', timeline],
  ['GET', '/members/:id/purchases', (desk, ask) => page(desk.brand.purchases.filter((purchase) => purchase.member_id === ask.params[0]).sort((a, b) => (a.occurred_at < b.occurred_at ? 1 : -1)), ask, 30)],
  ['GET', '/members/:id/lots', (desk, ask) => ({
    items: (desk.brand.entries.get(ask.params[0] ?? '') ?? []).filter((entry) => entry.points > 0).map((entry) => ({
      asset: 'points', earned: entry.points, remaining: entry.points, available_at: entry.occurred_at, expires_at: new Date(Date.parse(entry.occurred_at) + 365 * day).toISOString(), entry_id: entry.id,
    })),
  })],
  ['POST', '/members/:id/adjustments', adjust],
  ['GET', '/explain/balance/:id', explainBalance],
  ['GET', '/explain/tier/:id', explainTier],
  ['GET', '/members/:id/expected-value', expectedOf],
  ['GET', '/expected-value', () => ({ fitted_at: null, horizon_days: horizonDays, model: null, calibration: null, lack: null })],
  ['POST', '/purchases/quote', (desk, ask) => sell(desk, ask, false)],
  ['POST', '/purchases', (desk, ask) => sell(desk, ask, true)],
  ['GET', '/purchases/:id', (desk, ask) => desk.brand.purchases.find((purchase) => purchase.id === ask.params[0])],
  ['POST', '/purchases/:id/returns', giveBack],
  ['GET', '/programme', (desk) => ({
    published: { version: desk.brand.version, programme: desk.brand.programme, published_at: new Date(Date.now() - 12 * day).toISOString(), published_by: desk.session?.user.name ?? null },
    draft: desk.brand.draft ? { programme: desk.brand.draft, updated_at: new Date().toISOString(), updated_by: desk.session?.user.name ?? null } : null,
  })],
  ['PUT', '/programme/draft', (desk, ask) => {
    desk.brand.draft = ask.body.programme as Programme;
    return check(desk.brand.draft, ask);
  }],
  ['DELETE', '/programme/draft', (desk) => {
    desk.brand.draft = null;
  }],
  ['POST', '/programme/check', (_desk, ask) => check(ask.body.programme as Programme, ask)],
  ['POST', '/programme/publish', (desk) => {
    if (desk.brand.draft) desk.brand.programme = desk.brand.draft;
    desk.brand.draft = null;
    desk.brand.version += 1;
    for (const member of desk.brand.members) member.standing = standingOf(desk.brand, member.id);
    return { version: desk.brand.version };
  }],
  ['GET', '/programme/what-if', () => ({ progress: null, has_failed: false, result: null, is_of_draft: false })],
  ['POST', '/programme/what-if', () => ({ progress: null, has_failed: true, result: null, is_of_draft: false })],
  ['DELETE', '/programme/what-if', () => undefined],
  ['GET', '/programme/versions', (desk) => ({
    items: Array.from({ length: desk.brand.version }, (_, index) => ({ version: desk.brand.version - index, published_at: new Date(Date.now() - (12 + index * 40) * day).toISOString(), published_by: desk.session?.user.name ?? null, note: null })),
  })],
  ['GET', '/attributes', (desk, ask) => ({ items: attributes(ask.language, desk.brand.programme) })],
  ['GET', '/pyramid', (desk, ask) => pyramidOf(desk.brand, ask).pyramid],
  ['GET', '/pyramid/members', (desk, ask) => page(pyramidOf(desk.brand, ask).ranked.filter((item) => item.layer === ask.query.get('layer')), ask, 50)],
  ['GET', '/stores', () => ({ items: ['S01', 'S02', 'S03', 'S07'].map((code, index) => ({ code, name: null, purchases: 100 - index, last_at: null })) })],
  ['POST', '/products/search', (desk, ask) => {
    const query = String(ask.body.query ?? '').toLowerCase();
    return { items: goods.filter((good) => good.sku.toLowerCase().includes(query) || good.name[desk.brand.language].toLowerCase().includes(query)).map((good) => ({ sku: good.sku, name: good.name[desk.brand.language], category: good.category, brand: null, price_minor: good.price })) };
  }],
  ['GET', '/keys', (desk) => ({ items: desk.brand.keys })],
  ['POST', '/keys', (desk, ask) => {
    const key = { id: newId('key'), name: String(ask.body.name), scopes: ask.body.scopes as Scope[], created_at: new Date().toISOString(), last_used_at: null, revoked_at: null, prefix: 'dgk_Xy12' };
    desk.brand.keys.unshift(key);
    return { key, secret: 'dgk_Xy12-shown-once-for-the-mock-only' };
  }],
  ['DELETE', '/keys/:id', (desk, ask) => {
    const key = desk.brand.keys.find((candidate) => candidate.id === ask.params[0]);
    if (key) key.revoked_at = new Date().toISOString();
  }],
  ['GET', '/users', (desk) => ({ items: desk.brand.users })],
  ['POST', '/users', (desk, ask) => {
    const user = { id: newId('usr'), name: String(ask.body.name), login: String(ask.body.login), role: ask.body.role as User['role'], created_at: new Date().toISOString() };
    desk.brand.users.push(user);
    return user;
  }],
  ['PATCH', '/users/:id', (desk, ask) => Object.assign(desk.brand.users.find((user) => user.id === ask.params[0]) ?? {}, ask.body)],
  ...importRoutes,
];

