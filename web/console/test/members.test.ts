import { expect, test } from 'vitest';
import { isFiltered, readFilter, writeFilter } from '../src/pages/members/filter';

const everybody = { statuses: [], tiers: [], stores: [] };

test.each([
  ['', everybody, false],
  ['?status=closed&status=active', { ...everybody, statuses: ['active', 'closed'] }, true],
  ['?status=lost&from=yesterday&to=2026-13-01', everybody, false],
  ['?tier=gold&tier=&store=S01', { statuses: [], tiers: ['gold', ''], stores: ['S01'] }, true],
  ['?from=2026-01-01&to=2026-02-01', { ...everybody, joined_from: '2026-01-01', joined_to: '2026-02-01' }, true],
])('the filter of %s', (search, expected, filtered) => {
  const filter = readFilter(search);
  expect(filter).toEqual(expected);
  expect(isFiltered(filter)).toBe(filtered);
  expect(readFilter(writeFilter(filter))).toEqual(filter);
});
