import { expect, test } from 'vitest';
import type { NextTier } from '@danggol/api';
import { formatFor } from '../src/format';
import { fill, type T } from '../src/language';
import { ageOf, birthdayText, nextTierSentence, nextTierShare } from '../src/pages/member/facts';
import en from '../src/text/en';
import ko from '../src/text/ko';
import zhCN from '../src/text/zh-CN';

const say = { en, ko, 'zh-CN': zhCN };
const textIn = (language: keyof typeof say): T => (key, params) => fill(say[language][key], params, language);
const yuan = { currency: 'CNY', currency_exponent: 2, time_zone: 'Asia/Shanghai' };
const noGrowth = { asset: 'growth' as const, balance: 0, available: 0, pending: 0, debt: 0, expiring: [] };
const next: NextTier = {
  code: 'gold',
  name: 'Gold',
  missing: [
    { measure: 'spend', missing: 32_000, reached: 68_000, needed: 100_000 },
    { measure: 'visits', missing: 3, reached: 9, needed: 12 },
  ],
  by: null,
};

test.each([
  ['en', 'CN¥320.00 more in purchases or 3 visits more to reach Gold'],
  ['zh-CN', '再消费 ¥320.00或到店 3 次，就能升为Gold'],
  ['ko', 'CN¥320.00 구매 또는 방문 3회만 더 하면 Gold 등급이 돼요'],
] as const)('the way to the next tier in %s', (language, sentence) => {
  const said = nextTierSentence(next, noGrowth, formatFor(language, yuan), textIn(language), language);
  expect(said).toBe(sentence);
});

test.each([
  [{ ...next, missing: next.missing.slice(1), layer: 'VIP' }, '3 visits more to reach Gold, or be in “VIP” or above at the next ranking'],
  [{ ...next, missing: [], layer: 'VIP' }, 'Be in “VIP” or above at the next ranking to reach Gold'],
  [{ ...next, missing: [] }, 'The first purchase makes Gold'],
])('the way by a layer, %#', (by, sentence) => {
  expect(nextTierSentence(by, noGrowth, formatFor('en', yuan), textIn('en'), 'en')).toBe(sentence);
});

test('the nearest way counts', () => {
  expect(nextTierShare(next)).toBe(0.75);
});

test.each([
  [{ date: '1990-05-03', calendar: 'solar', leap_month: false }, 'May 3, 1990'],
  [{ date: '--05-03', calendar: 'solar', leap_month: false }, 'May 3'],
  [{ date: '--02-29', calendar: 'solar', leap_month: false }, 'February 29'],
  [{ date: '--08-15', calendar: 'lunar', leap_month: false }, 'Lunar month 8, day 15'],
  [{ date: '1987-06-01', calendar: 'lunar', leap_month: true }, 'Lunar leap month 6, day 1, 1987'],
] as const)('birthday %j', (birthday, said) => {
  expect(birthdayText(birthday, textIn('en'), 'en')).toBe(said);
});

test.each([
  ['1990-05-03', 'solar', 35],
  ['1990-05-02', 'solar', 36],
  ['--05-02', 'solar', null],
  ['1990-05-02', 'lunar', null],
] as const)('age of %s %s on 2 May 2026', (date, calendar, age) => {
  expect(ageOf({ date, calendar, leap_month: false }, new Date(2026, 4, 2))).toBe(age);
});
