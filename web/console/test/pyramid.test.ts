import { expect, test } from 'vitest';
import { periodOf, stepped, todayIn } from '../src/pages/pyramid/period';
import { slices } from '../src/pages/pyramid/shape';
import { csvOf } from '../src/parts/save-file';
import { writeWeights } from '../src/data/api';

test.each([
  ['days90', '2026-01-02', '2026-04-01'],
  ['days365', '2025-04-02', '2026-04-01'],
  ['last_quarter', '2026-01-01', '2026-03-31'],
  ['this_year', '2026-01-01', '2026-04-01'],
  ['last_year', '2025-01-01', '2025-12-31'],
  ['all', '1970-01-01', '2026-04-01'],
] as const)('%s on 1 April 2026', (preset, from, to) => {
  expect(periodOf(preset, '2026-04-01')).toEqual({ from, to });
});

test.each([
  ['2017-10-01', '2017-12-31', '2017-07-01', '2017-09-30', '2018-01-01', '2018-03-31'],
  ['2024-01-01', '2024-12-31', '2023-01-01', '2023-12-31', '2025-01-01', '2025-12-31'],
  ['2024-02-01', '2024-02-29', '2024-01-01', '2024-01-31', '2024-03-01', '2024-03-31'],
  ['2026-03-02', '2026-03-31', '2026-01-31', '2026-03-01', '2026-04-01', '2026-04-30'],
])('the periods beside %s to %s', (from, to, earlierFrom, earlierTo, laterFrom, laterTo) => {
  expect(stepped({ from, to }, -1)).toEqual({ from: earlierFrom, to: earlierTo });
  expect(stepped({ from, to }, 1)).toEqual({ from: laterFrom, to: laterTo });
});

test('today is the brand’s day', () => {
  const now = new Date('2026-03-31T15:30:00Z');
  expect(todayIn('Asia/Seoul', now)).toBe('2026-04-01');
  expect(todayIn('America/New_York', now)).toBe('2026-03-31');
});

test('slices make one triangle: a point at the top, the full width at the foot', () => {
  const cut = slices(4, 300, 330, 6);
  expect(cut).toHaveLength(4);
  expect(cut[0]?.points.slice(0, 2)).toEqual([
    [150, 0],
    [150, 0],
  ]);
  expect(cut[3]?.points.slice(2)).toEqual([
    [300, 330],
    [0, 330],
  ]);
});

test('a table for spreadsheets: quotes doubled, formulas defused', async () => {
  const text = await csvOf([
    ['a "b"', '=1+1', -3],
    ['x,y', '', 2],
  ]).text();
  expect(text.replace(/^\uFEFF/, '')).toBe('"a ""b""",\'=1+1,-3\r\n"x,y",,2\r\n');
});

test.each([
  [{ amount: 1, quantity: 0, frequency: 2, recency: 0 }, 'amount:1,frequency:2'],
  [{ amount: 0, quantity: 0, frequency: 0, recency: 3 }, 'recency:3'],
])('weights %j', (weights, written) => {
  expect(writeWeights(weights)).toBe(written);
});
