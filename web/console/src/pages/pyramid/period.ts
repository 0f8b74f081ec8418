/** Periods of the pyramid as calendar days of the brand. */

export type Preset = 'days90' | 'last_quarter' | 'days365' | 'this_year' | 'last_year' | 'all';
export const presets: Preset[] = ['days90', 'last_quarter', 'days365', 'this_year', 'last_year', 'all'];

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

/** The day that begins a month, counted from January of the year 0. */
function monthStart(months: number): string {
  return `${String(Math.floor(months / 12)).padStart(4, '0')}-${String((months % 12) + 1).padStart(2, '0')}-01`;
}

function monthOf(date: string): number {
  return Number(date.slice(0, 4)) * 12 + Number(date.slice(5, 7)) - 1;
}

/** The period before or behind one, of as many whole months where it is of whole months, and else of as many days. */
export function stepped({ from, to }: Period, step: -1 | 1): Period {
  const after = back(to, -1);
  if (from.endsWith('-01') && after.endsWith('-01')) {
    const months = monthOf(after) - monthOf(from);
    return { from: monthStart(monthOf(from) + step * months), to: back(monthStart(monthOf(after) + step * months), 1) };
  }
  const days = Math.round((Date.parse(to) - Date.parse(from)) / day) + 1;
  return { from: back(from, -step * days), to: back(to, -step * days) };
}

export function periodOf(preset: Preset, today: string): Period {
  const year = Number(today.slice(0, 4));
  switch (preset) {
    case 'days90':
      return { from: back(today, 89), to: today };
    case 'last_quarter': {
      const start = monthStart(Math.floor(monthOf(today) / 3) * 3);
      return { from: monthStart(monthOf(start) - 3), to: back(start, 1) };
    }
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
