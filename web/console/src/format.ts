import { useMemo } from 'react';
import type { Brand, Language } from '@danggol/api';
import { useLanguage } from './language';
import { useSession } from './session';

/** Ways of writing numbers, money and time for one reader and one brand. */
export interface Format {
  number(value: number): string;
  /** 12.3万 · 12.3만 · 123K where a figure is read at a glance. */
  compact(value: number): string;
  /** Share in 1/10000. */
  percent(basisPoints: number, digits?: number): string;
  money(minor: number): string;
  moneyCompact(minor: number): string;
  /** Money without its sign, for a column that names the currency once. */
  amount(minor: number): string;
  currencySign: string;
  date(value: string | number): string;
  /** A month such as `2026-05`. */
  month(value: string): string;
  day(value: string | number): string;
  /** The last whole day before a moment: what ends at midnight was good until the day before. */
  lastDay(moment: string): string;
  time(value: string | number): string;
  dateTime(value: string | number): string;
  ago(value: string | number): string;
  signed(value: number): string;
}

/** Reads what a person typed as money, e.g. `12.5`, `1,200`, `１２００`, into minor units; `null` where it is not an amount. */
export function parseAmount(typed: string, exponent: number): number | null {
  const plain = typed
    .normalize('NFKC')
    .replace(/[,\s_]/g, '')
    .replace(/^[^\d.-]+/, '');
  const match = /^(-?)(\d*)(?:\.(\d*))?$/.exec(plain);
  if (!match || (match[2] === '' && !match[3])) return null;
  const decimals = match[3] ?? '';
  if (decimals.length > exponent && /[1-9]/.test(decimals.slice(exponent))) return null;
  const minor = Number(`${match[2] || '0'}${decimals.slice(0, exponent).padEnd(exponent, '0')}`);
  if (!Number.isSafeInteger(minor)) return null;
  return match[1] === '-' && minor !== 0 ? -minor : minor;
}

/** Writes minor units as a person would type them into a field: `1250` of a two-decimal currency is `12.50`. */
export function writeAmount(minor: number, exponent: number): string {
  const digits = String(Math.abs(minor)).padStart(exponent + 1, '0');
  const sign = minor < 0 ? '-' : '';
  if (exponent === 0) return sign + digits;
  return `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['week', 7 * 86_400],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

function relative(language: Language, milliseconds: number): string {
  const formatter = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  const seconds = Math.round(milliseconds / 1000);
  for (const [unit, size] of steps) {
    if (Math.abs(seconds) >= size) return formatter.format(Math.trunc(seconds / size), unit);
  }
  return formatter.format(0, 'minute');
}

const before = (zhCn: string, zhTw: string, ko: string, en: string): Record<Language, string> => ({ 'zh-CN': zhCn, 'zh-TW': zhTw, ko, en });

/** The signs of `crates/core/src/money.rs`: an amount looks the same in a table as in the server's sentences. */
const signs: Record<string, Record<Language, string> | string> = {
  CNY: before('¥', 'CN¥', 'CN¥', 'CN¥'),
  JPY: before('JP¥', 'JP¥', 'JP¥', '¥'),
  USD: before('US$', 'US$', 'US$', '$'),
  KRW: '₩', TWD: 'NT$', HKD: 'HK$', MOP: 'MOP$', SGD: 'S$', AUD: 'A$', CAD: 'CA$', NZD: 'NZ$', EUR: '€', GBP: '£', INR: '₹', MYR: 'RM', THB: '฿', PHP: '₱', VND: '₫',
};

function signOf(currency: string, language: Language): string {
  const sign = signs[currency];
  if (sign === undefined) return `${currency}\u00A0`;
  return typeof sign === 'string' ? sign : sign[language];
}

/** A number with the currency's sign; won follow theirs in Korean. */
function signed(number: string, currency: string, language: Language): string {
  const [minus, digits] = number.startsWith('-') ? ['-', number.slice(1)] : ['', number];
  if (currency === 'KRW' && language === 'ko') return `${minus}${digits}\uC6D0`;
  return `${minus}${signOf(currency, language)}${digits}`;
}

type FormatBrand = Pick<Brand, 'currency' | 'currency_exponent' | 'time_zone'>;

/** A brand date such as `2026-05-03` is a calendar day, not a moment: it must not shift with the zone. */
function moment(value: string | number, zone: string): { at: Date; zone: string } {
  if (typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value)) return { at: new Date(`${value}T12:00:00Z`), zone: 'UTC' };
  return { at: new Date(value), zone };
}

export function formatFor(language: Language, brand: FormatBrand): Format {
  const exponent = brand.currency_exponent;
  const scale = 10 ** exponent;
  const moneyCompact = new Intl.NumberFormat(language, { notation: 'compact', minimumFractionDigits: 0, maximumSignificantDigits: 4, useGrouping: true });
  const amount = new Intl.NumberFormat(language, { minimumFractionDigits: exponent, maximumFractionDigits: exponent });
  const number = new Intl.NumberFormat(language);
  const compact = new Intl.NumberFormat(language, { notation: 'compact', maximumSignificantDigits: 4, useGrouping: true });
  const withSign = new Intl.NumberFormat(language, { signDisplay: 'exceptZero' });
  const money = (minor: number) => signed(amount.format(minor / scale), brand.currency, language);
  const dated = (value: string | number, options: Intl.DateTimeFormatOptions) => {
    const { at, zone } = moment(value, brand.time_zone);
    return new Intl.DateTimeFormat(language, { ...options, timeZone: zone }).format(at);
  };
  return {
    number: (value) => number.format(value),
    compact: (value) => (Math.abs(value) < 10_000 ? number.format(value) : compact.format(value)),
    percent: (basisPoints, digits = 0) =>
      new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: digits }).format(basisPoints / 10_000),
    money,
    moneyCompact: (minor) => (Math.abs(minor) < 10_000 * scale ? money(minor) : signed(moneyCompact.format(minor / scale), brand.currency, language)),
    amount: (minor) => amount.format(minor / scale),
    currencySign: signOf(brand.currency, language).trim(),
    date: (value) => dated(value, { year: 'numeric', month: 'short', day: 'numeric' }),
    month: (value) => dated(`${value}-01`, { year: 'numeric', month: 'short' }),
    day: (value) => dated(value, { month: 'short', day: 'numeric' }),
    lastDay: (at) => dated(Date.parse(at) - 1, { year: 'numeric', month: 'short', day: 'numeric' }),
    time: (value) => dated(value, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
    dateTime: (value) =>
      dated(value, { year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
    ago: (value) => relative(language, new Date(value).getTime() - Date.now()),
    signed: (value) => withSign.format(value),
  };
}

const noBrand: FormatBrand = { currency: 'USD', currency_exponent: 2, time_zone: 'UTC' };

export function useFormat(): Format {
  const { language } = useLanguage();
  const session = useSession();
  const brand = session?.brand ?? noBrand;
  return useMemo(() => formatFor(language, brand), [language, brand]);
}
