import type { MemberFilter as Wire, MemberStatus } from '@danggol/api';

/** Which members a list shows. An empty word among tiers or stores stands for those who have none. */
export type MemberFilter = Required<Omit<Wire, 'joined_from' | 'joined_to'>> & Pick<Wire, 'joined_from' | 'joined_to'>;

const statuses: MemberStatus[] = ['active', 'unclaimed', 'closed'];
const isDay = (text: string | null): text is string => text !== null && /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));

/** The filter that an address carries; what cannot be read leaves nobody out. */
export function readFilter(search: string): MemberFilter {
  const words = new URLSearchParams(search);
  const [from, to] = [words.get('from'), words.get('to')];
  return {
    statuses: statuses.filter((status) => words.getAll('status').includes(status)),
    tiers: words.getAll('tier'),
    stores: words.getAll('store'),
    ...(isDay(from) ? { joined_from: from } : {}),
    ...(isDay(to) ? { joined_to: to } : {}),
  };
}

/** The filter as an address carries it. */
export function writeFilter(filter: MemberFilter): string {
  const words = new URLSearchParams();
  for (const status of filter.statuses) words.append('status', status);
  for (const tier of filter.tiers) words.append('tier', tier);
  for (const store of filter.stores) words.append('store', store);
  if (filter.joined_from) words.append('from', filter.joined_from);
  if (filter.joined_to) words.append('to', filter.joined_to);
  return words.toString();
}

/** Whether it leaves anybody out. */
export function isFiltered(filter: MemberFilter): boolean {
  return writeFilter(filter) !== '';
}
