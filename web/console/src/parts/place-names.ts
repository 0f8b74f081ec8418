import { useMemo } from 'react';
import type { Language } from '@danggol/api';

/** Where brands are, with what is usual there; everything can be chosen otherwise. */
export const countries: Record<string, [currency: string, zone: string]> = {
  CN: ['CNY', 'Asia/Shanghai'],
  TW: ['TWD', 'Asia/Taipei'],
  HK: ['HKD', 'Asia/Hong_Kong'],
  MO: ['MOP', 'Asia/Macau'],
  KR: ['KRW', 'Asia/Seoul'],
  JP: ['JPY', 'Asia/Tokyo'],
  SG: ['SGD', 'Asia/Singapore'],
  MY: ['MYR', 'Asia/Kuala_Lumpur'],
  TH: ['THB', 'Asia/Bangkok'],
  VN: ['VND', 'Asia/Ho_Chi_Minh'],
  ID: ['IDR', 'Asia/Jakarta'],
  PH: ['PHP', 'Asia/Manila'],
  AU: ['AUD', 'Australia/Sydney'],
  NZ: ['NZD', 'Pacific/Auckland'],
  US: ['USD', 'America/New_York'],
  CA: ['CAD', 'America/Toronto'],
  GB: ['GBP', 'Europe/London'],
  DE: ['EUR', 'Europe/Berlin'],
  FR: ['EUR', 'Europe/Paris'],
};

/** Whether an option of a list is what somebody types, by its name or its code. */
export const contains = (typed: string, option?: { label?: unknown; value?: unknown }) =>
  `${String(option?.label ?? '')} ${String(option?.value ?? '')}`.toLowerCase().includes(typed.toLowerCase());

/** Countries, currencies and time zones as the reader calls them, for lists. */
export function usePlaceNames(language: Language) {
  return useMemo(() => {
    const region = new Intl.DisplayNames(language, { type: 'region' });
    const currency = new Intl.DisplayNames(language, { type: 'currency' });
    return {
      countries: Object.keys(countries).map((value) => ({ value, label: region.of(value) ?? value })),
      currencies: Intl.supportedValuesOf('currency').map((value) => ({ value, label: `${value} ${currency.of(value) ?? ''}` })),
      zones: Intl.supportedValuesOf('timeZone').map((value) => ({ value, label: value.replaceAll('_', ' ') })),
    };
  }, [language]);
}
