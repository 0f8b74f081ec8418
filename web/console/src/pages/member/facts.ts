import type { Birthday, Measure, NextTier, Standing } from '@danggol/api';
import type { Format } from '../../format';
import type { T } from '../../language';

/** How facts about a member are said. */

function measureAmount(measure: Measure, amount: number, grows: boolean, format: Format, t: T): string {
  switch (measure) {
    case 'spend':
      return format.money(amount);
    case 'points':
      return t(grows ? 'unit.growth' : 'unit.points', { n: amount });
    case 'visits':
      return t('unit.visits', { n: amount });
  }
}

/** “Spend ¥320 more to reach Gold”: any one of the measures is enough. Where growth points are given, they are the points that count. */
export function nextTierSentence(next: NextTier, growth: Standing['growth'], format: Format, t: T, language: string): string {
  if (next.missing.length === 0 && next.layer) return t('tier.next_layer', { layer: next.layer, tier: next.name });
  if (next.missing.length === 0) return t('tier.next_first', { tier: next.name });
  const grows = growth.balance !== 0;
  const ways = next.missing.map(({ measure, missing }) => t(`tier.missing.${measure}`, { amount: measureAmount(measure, missing, grows, format, t) }));
  const way = new Intl.ListFormat(language, { type: 'disjunction' }).format(ways);
  const said = next.by ? t('tier.next_by', { way, tier: next.name, date: format.date(next.by) }) : t('tier.next', { way, tier: next.name });
  return next.layer ? t('tier.next_or_layer', { said, layer: next.layer }) : said;
}

/** The nearest way to the next tier, from 0 to 1. */
export function nextTierShare(next: NextTier): number {
  return Math.max(0, ...next.missing.map(({ reached, needed }) => (needed > 0 ? Math.min(reached / needed, 1) : 0)));
}

/** A birthday may lack its year, and a lunar one must not be written as if it were solar. */
export function birthdayText(birthday: Birthday, t: T, language: string): string {
  const match = /^(\d{4}|-)-(\d{2})-(\d{2})$/.exec(birthday.date);
  if (!match) return birthday.date;
  const [, year, month, day] = match;
  if (birthday.calendar === 'lunar') {
    const key = birthday.leap_month ? 'birthday.lunar_leap' : 'birthday.lunar';
    const said = t(key, { month: Number(month), day: Number(day) });
    return year === '-' ? said : t('birthday.with_year', { year: String(year), said });
  }
  const at = new Date(Date.UTC(year === '-' ? 2000 : Number(year), Number(month) - 1, Number(day), 12));
  return new Intl.DateTimeFormat(language, { month: 'long', day: 'numeric', timeZone: 'UTC', ...(year === '-' ? {} : { year: 'numeric' }) }).format(at);
}

/** Whole years on a day; only a solar birthday with a year says an age without a calendar table. */
export function ageOf(birthday: Birthday | null | undefined, today: Date): number | null {
  if (!birthday || birthday.calendar === 'lunar') return null;
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(birthday.date);
  if (!match) return null;
  const years = today.getFullYear() - Number(match[1]);
  const before = today.getMonth() + 1 < Number(match[2]) || (today.getMonth() + 1 === Number(match[2]) && today.getDate() < Number(match[3]));
  return before ? years - 1 : years;
}
