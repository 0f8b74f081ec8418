import type { T } from '../language';

/** A member as a list knows her. */
export interface Listed {
  id: string;
  name?: string | null;
  known_by?: string | null;
  masked_phone?: string | null;
  card_no?: string | null;
}

/** What tells a member without a name from others without one: her number, her card, or the end of her id. */
export function numberOf(member: Listed): string {
  return member.known_by ?? member.masked_phone ?? member.card_no ?? `…${member.id.slice(-6)}`;
}

/** What a list calls a member. */
export function calledOf(member: Listed, t: T): string {
  return member.name ?? `${t('member.nameless')} · ${numberOf(member)}`;
}
