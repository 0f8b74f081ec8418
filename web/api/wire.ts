/** The shapes of the HTTP contract as the console and the card read them. Money is integer minor units, points are integers, times are RFC 3339 UTC. */

export type Role = 'owner' | 'admin' | 'marketer' | 'manager' | 'clerk' | 'auditor';
export type Language = 'zh-CN' | 'zh-TW' | 'ko' | 'en';

export interface Problem {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  field?: string | null;
  request_id?: string | null;
  member_id?: string | null;
}

export interface Page<T> {
  items: T[];
  next_cursor?: string | null;
  total?: number | null;
}

export interface Brand {
  name: string;
  currency: string;
  currency_exponent: number;
  country: string;
  time_zone: string;
  language: Language;
  day_cut_hour: number;
}

export interface User {
  id: string;
  name: string;
  login: string;
  role: Role;
  language?: Language | null;
  disabled?: boolean;
  last_seen_at?: string | null;
}

export interface Session {
  user: User;
  brand: Brand;
}

export interface NewBrand {
  name: string;
  currency: string;
  country: string;
  time_zone: string;
  language: Language;
}

export interface Setup {
  brand: NewBrand;
  owner: { name: string; login: string; password: string };
}

export interface TodayTier {
  code: string;
  name: string;
  members: number;
}

export interface TodayDay {
  date: string;
  purchases: number;
  amount_minor: number;
  joined: number;
}

export interface Today {
  members: number;
  unclaimed: number;
  joined_30d: number;
  buyers_30d: number;
  purchases_30d: number;
  amount_30d_minor: number;
  returns_30d_minor: number;
  points_liability: number;
  points_expiring_30d: number;
  tiers: TodayTier[];
  days: TodayDay[];
  programme_version: number;
  has_purchases: boolean;
}

export type IdentityKind =
  | 'phone'
  | 'email'
  | 'card'
  | 'external'
  | 'wechat_union'
  | 'wechat_open'
  | 'wecom'
  | 'kakao'
  | 'marketplace'
  | 'document';

export type MemberStatus = 'active' | 'unclaimed' | 'closed' | 'erased';
export type Gender = 'female' | 'male' | 'other';

export interface Birthday {
  date: string;
  calendar: 'solar' | 'lunar';
  leap_month: boolean;
}

export interface Identity {
  id: string;
  kind: IdentityKind;
  issuer?: string | null;
  masked: string;
  added_at: string;
  verified_at?: string | null;
}

export interface NewIdentity {
  kind: IdentityKind;
  value: string;
  issuer?: string | null;
}

export interface TierStanding {
  code: string;
  name: string;
  since: string;
  keep_until?: string | null;
  grace_until?: string | null;
}

export type Measure = 'spend' | 'points' | 'visits';

export interface NextTier {
  code: string;
  name: string;
  missing: { measure: Measure; missing: number; reached: number; needed: number }[];
  by?: string | null;
}

export interface Expiring {
  amount: number;
  at: string;
}

export interface Standing {
  tier?: TierStanding | null;
  next_tier?: NextTier | null;
  points: { balance: number; available: number; pending: number; debt: number; expiring: Expiring[] };
  growth: { balance: number };
  purchases: number;
  visits_in_window: number;
  spend_in_window_minor: number;
  total_minor: number;
  first_purchase_at?: string | null;
  last_purchase_at?: string | null;
}

export interface MemberFields {
  name?: string | null;
  gender?: Gender | null;
  birthday?: Birthday | null;
  language?: Language | null;
  occupation?: string | null;
  residence?: string | null;
  income_band?: string | null;
  household_size?: number | null;
  preferences?: string | null;
  note?: string | null;
  store?: string | null;
  custom?: Record<string, string>;
}

export interface MemberSource {
  kind: 'counter' | 'online' | 'qr' | 'import' | 'purchase' | 'referral' | 'api';
  code?: string | null;
}

export interface NewMember extends MemberFields {
  identities: NewIdentity[];
  source?: MemberSource;
}

export interface Member extends Omit<MemberFields, 'custom'> {
  id: string;
  status: MemberStatus;
  card_no?: string | null;
  custom: Record<string, string>;
  identities: Identity[];
  source: MemberSource;
  joined_at: string;
  updated_at: string;
  standing: Standing;
}

export interface TierName {
  code: string;
  name: string;
}

export interface MemberRow {
  id: string;
  name?: string | null;
  masked_phone?: string | null;
  card_no?: string | null;
  gender?: Gender | null;
  status: MemberStatus;
  tier?: TierName | null;
  points: number;
  store?: string | null;
  joined_at: string;
  last_purchase_at?: string | null;
  total_minor: number;
}

export type Asset = 'points' | 'growth';

export interface Lot {
  id: string;
  asset: Asset;
  earned: number;
  remaining: number;
  available_at: string;
  expires_at?: string | null;
  entry_id: string;
  occurred_at: string;
}

export interface Actor {
  kind: 'user' | 'key' | 'system' | 'import';
  id?: string | null;
  name?: string | null;
}

export interface Why {
  rule_id?: string | null;
  rule_name?: string | null;
  asset: Asset;
  amount: number;
  text: string;
}

export type EntryKind = 'purchase' | 'return' | 'adjustment' | 'expiry' | 'tier' | 'enrolment' | 'history';

export interface Entry {
  id: string;
  kind: EntryKind;
  occurred_at: string;
  posted_at: string;
  actor: Actor;
  programme_version?: number | null;
  purchase_id?: string | null;
  external_no?: string | null;
  amount_minor?: number | null;
  postings: { asset: string; amount: number; from: string; to: string }[];
  points: number;
  balance_after?: number | null;
  why: Why[];
  tier_change?: { from?: TierName | string | null; to?: TierName | string | null; text: string } | null;
  reason?: string | null;
}

export type Channel = 'store' | 'online' | 'phone' | (string & {});

export interface PurchaseLine {
  line: number;
  sku: string;
  name?: string | null;
  category?: string | null;
  quantity: number;
  amount_minor: number;
  returned_quantity: number;
  kind: 'sale' | 'gift' | 'adjustment' | 'return';
}

export type TenderKind = 'cash' | 'card' | 'points' | 'stored_value' | 'wechat' | 'alipay' | 'kakaopay' | 'other';

export interface Tender {
  kind: TenderKind;
  amount_minor: number;
}

export interface Purchase {
  id: string;
  external_no?: string | null;
  member_id: string;
  channel: Channel;
  store?: string | null;
  staff?: string | null;
  occurred_at: string;
  business_date: string;
  amount_minor: number;
  discount_minor: number;
  redeemed_points: number;
  redeemed_minor: number;
  quantity: number;
  kind: 'earn' | 'history';
  programme_version?: number | null;
  lines: PurchaseLine[];
  tenders: Tender[];
  returned: 'none' | 'partly' | 'wholly';
  returned_minor: number;
  points_given: number;
  points_taken_back: number;
}

export interface NewLine {
  sku: string;
  name?: string | null;
  category?: string | null;
  quantity: number;
  amount_minor: number;
}

export interface NewPurchase {
  external_no?: string;
  channel?: Channel;
  store?: string;
  staff?: string;
  member_id?: string;
  identity?: NewIdentity;
  at?: string;
  lines: NewLine[];
  discount_minor?: number;
  tenders?: Tender[];
  redeem_points?: number;
}

export interface PurchaseResult {
  purchase: Purchase;
  entry: Entry;
  points_earned: number;
  points_redeemed: number;
  tier_before?: TierName | string | null;
  tier_after?: TierName | string | null;
  standing: Standing;
  replayed: boolean;
}

export interface ReturnLines {
  whole?: boolean;
  lines?: { line: number; quantity: number }[];
  external_no?: string;
  at?: string;
}

export interface ReturnResult {
  entry: Entry;
  purchase: Purchase;
  points_taken_back: number;
  points_given_back: number;
  amount_minor: number;
  standing: Standing;
}

export interface Note {
  id: string;
  text: string;
  at: string;
  actor: Actor;
}

export interface TimelineItem {
  at: string;
  kind: 'entry' | 'note' | 'identity' | 'profile' | 'joined';
  entry?: Entry | null;
  purchase?: Purchase | null;
  note?: Note | null;
  text?: string | null;
  actor?: Actor | null;
}

export interface AdjustmentResult {
  entry: Entry;
  standing: Standing;
}

export interface BalanceExplanation {
  sentence: string;
  balance: number;
  available: number;
  steps: { entry: Entry }[];
  lots: Lot[];
}

export interface TierExplanation {
  sentence: string;
  tier?: TierName | string | null;
  window: { from: string; to: string };
  measures: { measure: Measure; reached: number; needed?: number | null; text: string }[];
  steps: { text: string; at: string }[];
}

export type Operator = 'is' | 'in' | 'at_least' | 'at_most' | 'more_than' | 'less_than' | 'between' | 'is_missing';
export type AttributeType = 'money' | 'number' | 'text' | 'choice' | 'date' | 'weekday' | 'hour';

export interface Attribute {
  name: string;
  type: AttributeType;
  unit?: string | null;
  label: string;
  of: 'purchase' | 'line' | 'member';
  operators: Operator[];
  choices?: { value: string | number | boolean; label: string }[] | null;
}

export type ConditionValue = string | number | boolean | null | (string | number)[];

export interface Comparison {
  attribute: string;
  op: Operator;
  value?: ConditionValue;
}

export type Condition = { all: Condition[] } | { any: Condition[] } | { not: Condition } | Comparison;

export type Award =
  | { kind: 'rate'; points: number; per_minor: number }
  | { kind: 'multiplier'; percent: number }
  | { kind: 'fixed'; points: number };

export type Rounding = 'down' | 'half_up' | 'up';

export interface Caps {
  per_purchase?: number | null;
  per_day?: number | null;
  per_month?: number | null;
  per_year?: number | null;
}

export interface Rule {
  id: string;
  name: string;
  enabled: boolean;
  when?: Condition | null;
  lines?: Condition | null;
  award: Award;
  asset: Asset;
  group?: string | null;
  from?: string | null;
  until?: string | null;
  caps: Caps;
  rounding: Rounding;
}

export type Expiry =
  | { kind: 'never' }
  | { kind: 'rolling'; days: number }
  | { kind: 'end_of_month'; months: number }
  | { kind: 'fixed_date'; month: number; day: number; min_months: number };

export interface Level {
  code: string;
  name: string;
  spend_minor?: number | null;
  points?: number | null;
  visits?: number | null;
}

export type TierWindow = { kind: 'rolling'; days: number } | { kind: 'calendar'; unit: 'year' | 'half' | 'quarter' };

export interface PyramidLayerCut {
  code: string;
  name: string;
  share_bp: number;
}

export interface Weights {
  amount: number;
  quantity: number;
  frequency: number;
  recency: number;
}

export interface Redemption {
  points: number;
  minor: number;
  step: number;
  minimum: number;
  max_percent?: number | null;
}

export interface Programme {
  name: string;
  earning: { rules: Rule[]; pending_days: number; expiry: Expiry; earn_on_redeemed: boolean };
  redemption?: Redemption | null;
  returns: { spent_points: 'debt' | 'deduct' | 'write_off' };
  tiers: { levels: Level[]; window: TierWindow; keep_days: number; grace_days: number };
  pyramid: { period_days: number; layers: PyramidLayerCut[]; weights: Weights };
}

export interface Fault {
  path: string;
  code: string;
  text: string;
}

export interface Words {
  path: string;
  text: string;
}

export interface ProgrammeState {
  published: { version: number; programme: Programme; published_at: string; published_by?: string | null };
  draft?: { programme: Programme; updated_at: string; updated_by?: string | null } | null;
}

export interface CheckedProgramme {
  programme?: Programme;
  faults: Fault[];
  words: Words[];
}

export interface ProgrammeVersion {
  version: number;
  published_at: string;
  published_by?: string | null;
  note?: string | null;
}

export interface PyramidLayer {
  code: string;
  name: string;
  members: number;
  amount_minor: number;
  lowest_minor: number;
  amount_share_bp: number;
  member_share_bp: number;
}

export interface Pyramid {
  from: string;
  to: string;
  buyers: number;
  members: number;
  amount_minor: number;
  layers: PyramidLayer[];
  curve: { members_bp: number; amount_bp: number }[];
  top20_amount_bp: number;
  took_us: number;
  criteria?: unknown;
}

export interface PyramidMember {
  rank: number;
  member: MemberRow;
  amount_minor: number;
  purchases: number;
  quantity: number;
  last_purchase_at?: string | null;
}

export interface Store {
  code: string;
  name?: string | null;
  purchases: number;
  last_at?: string | null;
}

export interface Product {
  sku: string;
  name?: string | null;
  category?: string | null;
  brand?: string | null;
  price_minor?: number | null;
}

export type ImportKind = 'members' | 'products' | 'purchases';
export type ImportStatus = 'uploaded' | 'running' | 'done' | 'failed' | 'cancelled';

export interface ImportProgress {
  rows_read: number;
  rows_total?: number | null;
  bytes_read: number;
  bytes_total: number;
  imported: number;
  unchanged: number;
  refused: number;
  rows_per_second: number;
  seconds_left?: number | null;
}

export interface Import {
  id: string;
  kind: ImportKind;
  file_name: string;
  bytes: number;
  status: ImportStatus;
  encoding: string;
  header: string[];
  sample: string[][];
  suggested: Record<string, number | null>;
  mapping_toml?: string;
  fields: { field: string; label: string; required: boolean }[];
  as: 'history' | 'earn';
  progress: ImportProgress;
  reasons: { code: string; text: string; rows: number }[];
  started_at?: string | null;
  finished_at?: string | null;
  error?: string | null;
}

export type Scope =
  | 'members:read'
  | 'members:write'
  | 'purchases:write'
  | 'benefits:write'
  | 'programme:write'
  | 'insight:read'
  | 'import'
  | 'admin';

export interface Key {
  id: string;
  name: string;
  scopes: Scope[];
  created_at: string;
  last_used_at?: string | null;
  revoked_at?: string | null;
  prefix: string;
}
