/** Periods of the pyramid as calendar days of the brand. */

export type Preset = 'days90' | 'days365' | 'this_year' | 'last_year' | 'all';
export const presets: Preset[] = ['days90', 'days365', 'this_year', 'last_year', 'all'];

export interface Period {
  from: string;
  to: string;
}

const day = 86_400_000;

/** The first day that the picker reaches for “all”: before any till wrote files. */
export const beginning = '1970-01-01';

/** Today where the brand is, as `YYYY-MM-DD`. */
export function todayIn(zone: string, now: Date): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(now);
}

function back(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) - days * day).toISOString().slice(0, 10);
}

export function periodOf(preset: Preset, today: string): Period {
  const year = Number(today.slice(0, 4));
  switch (preset) {
    case 'days90':
      return { from: back(today, 89), to: today };
    case 'days365':
      return { from: back(today, 364), to: today };
    case 'this_year':
      return { from: `${year}-01-01`, to: today };
    case 'last_year':
      return { from: `${year - 1}-01-01`, to: `${year - 1}-12-31` };
    case 'all':
      return { from: beginning, to: today };
  }
}
