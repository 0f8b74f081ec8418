import type { Attribute, Comparison, Condition, ConsentTest, CustomTest, EventTest, Operand, Operator } from '@danggol/api';

/** The condition as the builder shows it: groups of parts, each group “all” or “any”, each part perhaps turned round by “not”. */
export interface Group {
  kind: 'group';
  join: 'all' | 'any';
  not: boolean;
  parts: Part[];
}
export interface Leaf {
  kind: 'leaf';
  not: boolean;
  test: Comparison;
}
/** What happened to a member, counted. */
export interface Happened {
  kind: 'happened';
  not: boolean;
  test: EventTest;
}
/** A field of the brand's own. */
export interface Custom {
  kind: 'custom';
  not: boolean;
  test: CustomTest;
}
/** What a member has agreed to. */
export interface Consent {
  kind: 'consent';
  not: boolean;
  test: ConsentTest;
}
/** Another segment. */
export interface InSegment {
  kind: 'segment';
  not: boolean;
  test: { segment: string };
}
export type Part = Group | Leaf | Happened | Custom | Consent | InSegment;

function turned(part: Part): Part {
  return { ...part, not: !part.not };
}

export function partOf(condition: Condition): Part {
  if ('all' in condition) return { kind: 'group', join: 'all', not: false, parts: condition.all.map(partOf) };
  if ('any' in condition) return { kind: 'group', join: 'any', not: false, parts: condition.any.map(partOf) };
  if ('not' in condition) return turned(partOf(condition.not));
  if ('segment' in condition) return { kind: 'segment', not: false, test: condition };
  if ('event' in condition) return { kind: 'happened', not: false, test: condition };
  if ('consent' in condition) return { kind: 'consent', not: false, test: condition };
  if ('custom' in condition) return { kind: 'custom', not: false, test: condition };
  return { kind: 'leaf', not: false, test: condition };
}

/** The builder's root is always a group; a condition of one comparison is shown as a group of one. */
export function rootOf(condition: Condition | null): Group {
  if (!condition) return { kind: 'group', join: 'all', not: false, parts: [] };
  const part = partOf(condition);
  return part.kind === 'group' ? part : { kind: 'group', join: 'all', not: false, parts: [part] };
}

function conditionOf(part: Part): Condition {
  const inner: Condition = part.kind !== 'group' ? part.test : part.join === 'all' ? { all: part.parts.map(conditionOf) } : { any: part.parts.map(conditionOf) };
  return part.not ? { not: inner } : inner;
}

/** Back to the API's shape: an empty root is no condition, a root of one part is that part. */
export function conditionOfRoot(root: Group): Condition | null {
  const only = root.parts[0];
  if (!only) return null;
  if (root.parts.length === 1) return root.not ? { not: conditionOf(only) } : conditionOf(only);
  return conditionOf(root);
}

/** Several values are all numbers or all words. */
export function operands(values: (string | number)[]): Operand {
  const numbers = values.filter((value) => typeof value === 'number');
  return numbers.length === values.length && values.length > 0 ? numbers : values.map(String);
}

/** A value that fits the attribute and operator, for a comparison that was just begun or changed. */
export function usualValue(attribute: Attribute, op: Operator): Operand | undefined {
  const first = attribute.choices?.[0]?.value;
  const one = (): string | number => {
    switch (attribute.type) {
      case 'money':
      case 'number':
      case 'hour':
        return 0;
      case 'weekday':
        return 6;
      case 'date':
        return new Date().toISOString().slice(0, 10);
      case 'text':
      case 'choice':
        return typeof first === 'string' || typeof first === 'number' ? first : '';
    }
  };
  switch (op) {
    case 'is_missing':
      return undefined;
    case 'in':
      return attribute.type === 'weekday' ? [6, 7] : attribute.type === 'text' || first === undefined ? [] : operands([one()]);
    case 'between':
      return operands([one(), one()]);
    default:
      return one();
  }
}

export function comparison(attribute: Attribute, op: Operator): Comparison {
  const value = usualValue(attribute, op);
  return value === undefined ? { attribute: attribute.name, op } : { attribute: attribute.name, op, value };
}

/** Changes the operator and keeps the value where it still fits. */
export function withOperator(test: Comparison, attribute: Attribute, op: Operator): Comparison {
  const plain = (operator: Operator) => !['in', 'between', 'is_missing'].includes(operator);
  if (plain(test.op) && plain(op)) return { ...test, op };
  if (plain(test.op) && op === 'in' && (typeof test.value === 'string' || typeof test.value === 'number') && test.value !== '') return { ...test, op, value: operands([test.value]) };
  if (test.op === 'in' && plain(op) && Array.isArray(test.value) && test.value[0] !== undefined) return { ...test, op, value: test.value[0] };
  return comparison(attribute, op);
}
