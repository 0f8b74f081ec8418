import { expect, test } from 'vitest';
import { linesOf, mostRedeemable, totalOf, type TypedLine } from '../src/pages/counter/basket';
import { isScan, keystroke, noKeystrokes } from '../src/pages/counter/scan';

const ratio = { points: 100, minor: 100, step: 100, minimum: 100, max_percent: 50 };

test.each([
  ['half of the bill', ratio, 5_000, 32_850, 5_000],
  ['no more than half of the bill', ratio, 50_000, 32_850, 16_400],
  ['in whole steps', ratio, 194, 32_850, 100],
  ['not under the minimum', ratio, 99, 32_850, 0],
  ['nothing of an empty bill', ratio, 5_000, 0, 0],
  ['the whole bill where nothing limits it', { ...ratio, max_percent: 100, step: 1, minimum: 1 }, 50_000, 999, 999],
  ['ten points a unit', { points: 10, minor: 1, step: 10, minimum: 10, max_percent: 100 }, 1_005, 1_000, 1_000],
])('points that a bill takes: %s', (_name, redemption, available, amount, most) => {
  expect(mostRedeemable(redemption, available, amount)).toBe(most);
});

const line = (part: Partial<TypedLine>): TypedLine => ({ key: 1, sku: 'P1', name: null, category: null, quantity: 1, amount: '1', ...part });

test.each([
  ['an amount', { kind: 'amount', typed: '12.50' } as const, 1250],
  ['nothing typed', { kind: 'amount', typed: '' } as const, null],
  ['zero', { kind: 'amount', typed: '0' } as const, null],
  ['two lines', { kind: 'lines', lines: [line({ amount: '3' }), line({ amount: '0.10' })] } as const, 310],
  ['a line without its amount', { kind: 'lines', lines: [line({}), line({ amount: '' })] } as const, null],
  ['no lines', { kind: 'lines', lines: [] } as const, null],
])('basket: %s', (_name, basket, total) => {
  const lines = linesOf(basket as Parameters<typeof linesOf>[0], 2);
  expect(lines === null ? null : totalOf(lines)).toBe(total);
});

test.each([
  ['a scanner: 13 characters, 8 ms apart', 13, 8, 8, true],
  ['a fast hand: 13 characters, 90 ms apart', 13, 90, 90, false],
  ['a short code', 5, 8, 8, false],
  ['a scanner, then a pause before Enter', 13, 8, 900, false],
])('%s', (_name, count, gapMs, beforeEnterMs, scan) => {
  let run = noKeystrokes;
  let atMs = 1_000;
  for (let index = 0; index < count; index += 1) {
    run = keystroke(run, atMs);
    atMs += gapMs;
  }
  expect(isScan(run, atMs - gapMs + beforeEnterMs)).toBe(scan);
});
