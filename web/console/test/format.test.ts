import { expect, test } from 'vitest';
import { formatFor, parseAmount, writeAmount } from '../src/format';

test.each([
  ['12.5', 2, 1250],
  ['1,200', 2, 120_000],
  ['１２００', 0, 1200],
  ['¥ 3.05', 2, 305],
  ['.5', 2, 50],
  ['7.', 2, 700],
  ['-4.20', 2, -420],
  ['0.000', 2, 0],
  ['1.005', 2, null],
  ['12.5', 0, null],
  ['1.2.3', 2, null],
  ['', 2, null],
  ['-', 2, null],
  ['abc', 2, null],
  ['90071992547409.92', 2, null],
])('reads %j with %i decimals as %j', (typed, exponent, minor) => {
  expect(parseAmount(typed, exponent)).toBe(minor);
});

test.each([
  [1250, 2, '12.50'],
  [5, 2, '0.05'],
  [-5, 2, '-0.05'],
  [1200, 0, '1200'],
  [1, 3, '0.001'],
])('writes %i with %i decimals as %j', (minor, exponent, typed) => {
  expect(writeAmount(minor, exponent)).toBe(typed);
  expect(parseAmount(typed, exponent)).toBe(minor);
});

const yuan = { currency: 'CNY', currency_exponent: 2, time_zone: 'Asia/Shanghai' };
const won = { currency: 'KRW', currency_exponent: 0, time_zone: 'Asia/Seoul' };

test.each([
  ['zh-CN', yuan, 123_456, '¥1,234.56', '¥1,234.56'],
  ['zh-CN', yuan, 123_456_700, '¥1,234,567.00', '¥123.5万'],
  ['zh-TW', yuan, 123_456_700, 'CN¥1,234,567.00', 'CN¥123.5萬'],
  ['ko', won, 16_978_440, '16,978,440원', '1,698만원'],
  ['en', { ...yuan, currency: 'USD' }, 123_456_700, '$1,234,567.00', '$1.235M'],
  ['ko', { ...yuan, currency: 'USD' }, -123_456_700, '-US$1,234,567.00', '-US$123.5만'],
  ['zh-CN', { ...yuan, currency: 'KWD' }, 100, 'KWD\u00A01.00', 'KWD\u00A01.00'],
] as const)('money in %s', (language, brand, minor, full, compact) => {
  const format = formatFor(language, brand);
  expect(format.money(minor)).toBe(full);
  expect(format.moneyCompact(minor)).toBe(compact);
});

test('a calendar day does not move with the zone, a moment does', () => {
  const format = formatFor('en', { ...yuan, time_zone: 'America/Los_Angeles' });
  expect(format.date('2026-05-03')).toBe('May 3, 2026');
  expect(format.date('2026-05-03T02:00:00Z')).toBe('May 2, 2026');
  expect(format.lastDay('2026-05-03T07:00:00Z')).toBe('May 2, 2026');
});

test.each([
  ['zh-CN', '2026年5月'],
  ['zh-TW', '2026年5月'],
  ['ko', '2026년 5월'],
  ['en', 'May 2026'],
] as const)('in %s a month is said as there', (language, said) => {
  expect(formatFor(language, { currency: 'KRW', currency_exponent: 0, time_zone: 'Asia/Seoul' }).month('2026-05')).toBe(said);
});
