import type {
  AttributeType, ConsentChannel, ConsentState, ConsentWay, EntryKind, Gender, HouseholdRole, IdentityKind, ImportKind, ImportStatus, Measure, MemberSource, MemberStatus, Operator, Role, Rounding, Scope, TenderKind,
} from '@danggol/api';
import type { TextKey } from '.';

/** The words for every closed set of the contract; a new value without a word is a type error. */

export const roleText: Record<Role, TextKey> = {
  owner: 'role.owner',
  admin: 'role.admin',
  marketer: 'role.marketer',
  manager: 'role.manager',
  clerk: 'role.clerk',
  auditor: 'role.auditor',
};

export const roleLead: Record<Role, TextKey> = {
  owner: 'role.owner.lead',
  admin: 'role.admin.lead',
  marketer: 'role.marketer.lead',
  manager: 'role.manager.lead',
  clerk: 'role.clerk.lead',
  auditor: 'role.auditor.lead',
};

export const identityText: Record<IdentityKind, TextKey> = {
  phone: 'identity.phone',
  email: 'identity.email',
  card: 'identity.card',
  external: 'identity.external',
  wechat_union: 'identity.wechat_union',
  wechat_open: 'identity.wechat_open',
  wecom: 'identity.wecom',
  kakao: 'identity.kakao',
  marketplace: 'identity.marketplace',
  document: 'identity.document',
};

export const genderText: Record<Gender, TextKey> = { female: 'gender.female', male: 'gender.male', other: 'gender.other' };

export const householdRoleText: Record<HouseholdRole, TextKey> = {
  partner: 'household.role.partner',
  parent: 'household.role.parent',
  child: 'household.role.child',
  other: 'household.role.other',
};

export const statusText: Record<MemberStatus, TextKey> = {
  active: 'status.active',
  unclaimed: 'status.unclaimed',
  closed: 'status.closed',
  erased: 'status.erased',
};

export const sourceText: Record<MemberSource['kind'], TextKey> = {
  counter: 'source.counter',
  online: 'source.online',
  qr: 'source.qr',
  import: 'source.import',
  purchase: 'source.purchase',
  referral: 'source.referral',
  api: 'source.api',
};

export const entryText: Record<EntryKind, TextKey> = {
  purchase: 'entry.purchase',
  return: 'entry.return',
  adjustment: 'entry.adjustment',
  merge: 'entry.merge',
  undo: 'entry.undo',
  share: 'entry.share',
  coupon: 'entry.coupon',
  occasion: 'entry.occasion',
  expiry: 'entry.expiry',
  tier: 'entry.tier',
  history: 'entry.history',
  top_up: 'entry.top_up',
  payment: 'entry.payment',
  refund: 'entry.refund',
  gift: 'entry.gift',
};

export const consentChannelText: Record<ConsentChannel, TextKey> = {
  sms: 'consents.channel.sms',
  email: 'consents.channel.email',
  phone: 'consents.channel.phone',
  kakao: 'consents.channel.kakao',
  wechat: 'consents.channel.wechat',
  wecom: 'consents.channel.wecom',
  push: 'consents.channel.push',
  post: 'consents.channel.post',
};

export const consentStateText: Record<ConsentState, TextKey> = { given: 'consents.given', withdrawn: 'consents.withdrawn', never_asked: 'consents.never' };

export const consentWayText: Record<ConsentWay, TextKey> = {
  counter: 'consents.way.counter',
  joining: 'consents.way.joining',
  member: 'consents.way.member',
  import: 'consents.way.import',
  api: 'consents.way.api',
};

export const measureText: Record<Measure, TextKey> = { spend: 'measure.spend', points: 'measure.points', visits: 'measure.visits' };

export const tenderText: Record<TenderKind, TextKey> = {
  cash: 'tender.cash',
  card: 'tender.card',
  points: 'tender.points',
  stored_value: 'tender.stored_value',
  wechat: 'tender.wechat',
  alipay: 'tender.alipay',
  kakaopay: 'tender.kakaopay',
  other: 'tender.other',
};

export const operatorText: Record<Operator, TextKey> = {
  is: 'operator.is',
  in: 'operator.in',
  at_least: 'operator.at_least',
  at_most: 'operator.at_most',
  more_than: 'operator.more_than',
  less_than: 'operator.less_than',
  between: 'operator.between',
  is_missing: 'operator.is_missing',
};

/** Operators of a date read differently from those of a number. */
export const dateOperatorText: Partial<Record<Operator, TextKey>> = {
  at_least: 'operator.date.at_least',
  at_most: 'operator.date.at_most',
  more_than: 'operator.date.more_than',
  less_than: 'operator.date.less_than',
};

export function operatorWord(operator: Operator, type: AttributeType): TextKey {
  return (type === 'date' ? dateOperatorText[operator] : undefined) ?? operatorText[operator];
}

export const roundingText: Record<Rounding, TextKey> = { down: 'rounding.down', half_up: 'rounding.half_up', up: 'rounding.up' };

export const importKindText: Record<ImportKind, TextKey> = {
  members: 'import.kind.members',
  products: 'import.kind.products',
  purchases: 'import.kind.purchases',
};

export const importStatusText: Record<ImportStatus, TextKey> = {
  uploaded: 'import.status.uploaded',
  running: 'import.status.running',
  done: 'import.status.done',
  failed: 'import.status.failed',
  cancelled: 'import.status.cancelled',
};

export const scopeText: Record<Scope, TextKey> = {
  'members:read': 'scope.members_read',
  'members:write': 'scope.members_write',
  'purchases:write': 'scope.purchases_write',
  'benefits:write': 'scope.benefits_write',
  'programme:write': 'scope.programme_write',
  'insight:read': 'scope.insight_read',
  import: 'scope.import',
  admin: 'scope.admin',
};

const channels: Record<string, TextKey> = { store: 'channel.store', online: 'channel.online', phone: 'channel.phone' };

/** The word for a channel, or `null` for one of the brand's own, which is shown as it is written. */
export function channelText(channel: string): TextKey | null {
  return channels[channel] ?? null;
}
