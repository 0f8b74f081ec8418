import type { TextKey } from '../../text';

/** What a list can show of each member. */
export type Column = 'phone' | 'card' | 'tier' | 'points' | 'total' | 'last' | 'joined' | 'store';
export const columns: Column[] = ['phone', 'card', 'tier', 'points', 'total', 'last', 'joined', 'store'];
const usual: Column[] = ['phone', 'tier', 'points', 'total', 'last'];
export const numeric: Column[] = ['points', 'total', 'last', 'joined'];
export const columnText: Record<Column, TextKey> = {
  phone: 'members.column.phone',
  card: 'members.column.card',
  tier: 'members.column.tier',
  points: 'members.column.points',
  total: 'members.column.total',
  last: 'members.column.last',
  joined: 'members.column.joined',
  store: 'members.column.store',
};
export const widths: Record<Column, string> = {
  phone: 'minmax(128px, 1.1fr)', card: 'minmax(128px, 1.1fr)', tier: 'minmax(88px, .8fr)', points: 'minmax(84px, .7fr)', total: 'minmax(112px, 1fr)', last: 'minmax(104px, .8fr)',
  joined: 'minmax(104px, .8fr)', store: 'minmax(64px, .6fr)',
};
const kept = 'danggol.members.columns';

/** The columns that this reader chose last. */
export function keptColumns(): Column[] {
  const words = localStorage.getItem(kept)?.split(',');
  return words ? columns.filter((column) => words.includes(column)) : usual;
}

/** Remembers which columns this reader chose. */
export function keepColumns(shown: Column[]): void {
  localStorage.setItem(kept, shown.join(','));
}
