import { expect, test } from 'vitest';
import type { Attribute, Condition } from '@danggol/api';
import { normalPath } from '../src/pages/benefits/draft';
import { comparison, conditionOfRoot, rootOf, withOperator } from '../src/pages/benefits/tree';

const gold: Condition = { attribute: 'member.tier', op: 'in', value: ['gold'] };
const large: Condition = { attribute: 'purchase.amount', op: 'at_least', value: 10_000 };
const unknown: Condition = { attribute: 'member.gender', op: 'is_missing' };

test.each<[string, Condition | null, Condition | null]>([
  ['nothing', null, null],
  ['one comparison', gold, gold],
  ['all of two', { all: [gold, large] }, { all: [gold, large] }],
  ['any of two', { any: [gold, large] }, { any: [gold, large] }],
  ['not one', { not: unknown }, { not: unknown }],
  ['not any', { not: { any: [gold, large] } }, { not: { any: [gold, large] } }],
  ['a group in a group', { all: [gold, { any: [large, { not: unknown }] }] }, { all: [gold, { any: [large, { not: unknown }] }] }],
  ['a group of one is the one', { all: [gold] }, gold],
  ['twice not is itself', { not: { not: gold } }, gold],
])('%s stays what it is through the builder', (_name, before, after) => {
  expect(conditionOfRoot(rootOf(before))).toEqual(after);
});

const attribute = (type: Attribute['type']): Attribute => ({ name: 'a' as Attribute['name'], type, is_percent: false, label: 'a', of: 'purchase', operators: [] });

test.each([
  ['weekday', 'in', { attribute: 'a', op: 'in', value: [6, 7] }],
  ['number', 'between', { attribute: 'a', op: 'between', value: [0, 0] }],
  ['text', 'is', { attribute: 'a', op: 'is', value: '' }],
  ['text', 'is_missing', { attribute: 'a', op: 'is_missing' }],
] as const)('a fresh %s %s', (type, op, fresh) => {
  expect(comparison(attribute(type), op)).toEqual(fresh);
});

test('the value stays where the operator allows', () => {
  const from = { attribute: 'a' as Attribute['name'], op: 'is', value: 'S01' } as const;
  expect(withOperator(from, attribute('text'), 'in')).toEqual({ attribute: 'a', op: 'in', value: ['S01'] });
  expect(withOperator({ attribute: 'a' as Attribute['name'], op: 'at_least', value: 5 }, attribute('number'), 'less_than')).toEqual({ attribute: 'a', op: 'less_than', value: 5 });
});

test.each([
  ['earning.rules[0].name', 'earning.rules.0.name'],
  ['/earning/rules/0/name', 'earning.rules.0.name'],
  ['earning.rules.0.name', 'earning.rules.0.name'],
])('%s is %s', (path, normal) => {
  expect(normalPath(path)).toBe(normal);
});
