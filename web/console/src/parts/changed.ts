import type { FieldChange } from '@danggol/api';
import { birthdayText } from '../pages/member/facts';
import { languages, type T } from '../language';
import type { TextKey } from '../text';
import { genderText, householdRoleText, identityText, statusText } from '../text/names';

const fieldText: Record<string, TextKey> = {
  name: 'profile.name', gender: 'profile.gender', birthday: 'profile.birthday', language: 'profile.language', store: 'profile.store', occupation: 'profile.occupation',
  residence: 'profile.residence', income_band: 'profile.income_band', household_size: 'profile.household_size', preferences: 'profile.preferences', note: 'profile.note',
  household: 'household.title', household_role: 'household.role', household_head: 'household.head', household_points: 'household.share', status: 'change.status', ...identityText,
};

const brandFieldText: Record<string, TextKey> = {
  name: 'setup.brand_name', country: 'setup.country', currency: 'setup.currency', time_zone: 'setup.time_zone', language: 'brand.language', day_cut_hour: 'brand.day_cut',
  merge_rules: 'settings.merging', household_rules: 'household.most', household_share_points: 'household.may_share', consent_purposes: 'change.consent_purposes', 'bands.ages': 'bands.ages', 'bands.incomes': 'bands.incomes', 'bands.age_field': 'bands.age_field', lifestyle_group: 'change.lifestyle_group', tag_group: 'change.tag_group',
  export: 'change.export', 'export.segment': 'change.export_segment', 'export.members': 'change.export_members',
};

function wordOf(texts: Record<string, TextKey>, value: string, t: T): string {
  const key = texts[value];
  return key ? t(key) : value;
}

/** A value of a file as its reader says it; what the brand wrote itself stands as it was written. */
export function valueOf(field: string, value: string, t: T, language: string): string {
  switch (field) {
    case 'gender':
      return wordOf(genderText, value, t);
    case 'status':
      return wordOf(statusText, value, t);
    case 'language':
      return languages.find(({ code }) => code === value)?.name ?? value;
    case 'household_role':
      return wordOf(householdRoleText, value, t);
    case 'household_size':
      return t('unit.people', { n: Number(value) });
    case 'birthday': {
      const lunar = /^lunar (leap )?/.exec(value);
      return birthdayText({ date: value.slice(lunar?.[0].length ?? 0), calendar: lunar ? 'lunar' : 'solar', leap_month: Boolean(lunar?.[1]) }, t, language);
    }
    default:
      return value;
  }
}

function said(name: string, from: string | null, to: string | null, t: T): string {
  if (to === null) return t('change.cleared', { field: name, from: from ?? '' });
  return from === null ? t('change.set', { field: name, to }) : t('change.field', { field: name, from, to });
}

/** What a field of a file is called. */
export function fieldName(field: string, t: T): string {
  return field.startsWith('custom.') ? field.slice('custom.'.length) : wordOf(fieldText, field, t);
}

/** What was changed in a member's file, field by field, as a sentence each. */
export function fieldSentence({ field, from, to }: FieldChange, t: T, language: string): string {
  const name = fieldName(field, t);
  const value = (raw: string | null | undefined) => (raw == null ? null : valueOf(field, raw, t, language));
  return said(name, value(from), value(to), t);
}

/** What was changed of the brand. */
export function brandSentence({ field, from, to }: FieldChange, t: T, language: string): string {
  const value = (raw: string | null | undefined) => {
    if (raw == null) return null;
    if (field === 'country') return new Intl.DisplayNames(language, { type: 'region' }).of(raw) ?? raw;
    if (field === 'language') return languages.find(({ code }) => code === raw)?.name ?? raw;
    if (field === 'household_share_points') return t(raw === 'true' ? 'answer.yes' : 'answer.no');
    return field === 'day_cut_hour' ? `${raw.padStart(2, '0')}:00` : raw.replaceAll('_', ' ');
  };
  return said(wordOf(brandFieldText, field, t), value(from), value(to), t);
}
