// Why an assertion does not hold, in as few words as will do.
import { isNumber, type Value } from '@testmesh/domain';
import type { Ast } from '../expression/ast.ts';
import { equal } from '../expression/comparison.ts';
import { describe, show, textOf, typeOf } from '../expression/value-text.ts';
import { isList, isMap, pathText } from '../path/child.ts';

/** What the parts of an expression were. */
export type Trace = ReadonlyMap<Ast, Value>;

/** The part to blame for a false: of `a and b`, the side that is false. */
export const blamed = (ast: Ast, trace: Trace): Ast => {
  if (ast.kind !== 'logic' || ast.operator !== 'and') return ast;
  return blamed(trace.get(ast.left) === false ? ast.left : ast.right, trace);
};

/** The left and right side of what an expression compares; of anything else, itself. */
export const sides = (ast: Ast): { readonly left: Ast; readonly right?: Ast } => {
  switch (ast.kind) {
    case 'not':
      return sides(ast.of);
    case 'binary':
      return { left: ast.left, right: ast.right };
    case 'matches':
      return { left: ast.of, right: ast.pattern };
    case 'is':
    case 'exists':
      return { left: ast.of };
    default:
      return { left: ast };
  }
};

export const explain = (ast: Ast, trace: Trace): string => {
  const { left, right } = sides(ast);
  const actual = trace.get(left);
  const expected = right && trace.get(right);
  if (actual === undefined) return 'it does not exist';
  if (ast.kind === 'binary' && expected !== undefined) {
    if (ast.operator === '==') return difference(actual, expected);
    if (ast.operator === 'in') return inList(actual, expected);
    if (ast.operator === 'contains') return inList(expected, actual);
  }
  if (ast.kind === 'logic') return `neither ${ast.operator === 'or' ? 'side' : 'part'} holds`;
  return `got ${ast.kind === 'is' ? describe(actual) : show(actual)}`;
};

const difference = (actual: Value, expected: Value): string => {
  const found = firstDifference(actual, expected, []);
  const at = found.path.length === 0 ? '' : `at ${pathText(found.path)} `;
  if (found.actual === undefined) return `${at}nothing, expected ${show(found.expected ?? null)}`;
  if (found.expected === undefined) return `${at}got ${show(found.actual)}, expected nothing`;
  if (mismatch(found.actual, found.expected)) return `${at}${mismatched(found.actual, found.expected)}`;
  return found.path.length === 0
    ? `got ${show(found.actual)}`
    : `${at}got ${show(found.actual)}, expected ${show(found.expected)}`;
};

const mismatch = (a: Value, b: Value): boolean => a !== null && b !== null && typeOf(a) !== typeOf(b);

const mismatched = (actual: Value, expected: Value): string => {
  const isText =
    (typeof actual === 'string' && isNumber(expected)) || (isNumber(actual) && typeof expected === 'string');
  const hint = isText ? '; use number(x) if the text is meant' : '';
  return `${describe(actual)} is not ${describe(expected)} — a type mismatch${hint}`;
};

interface Difference {
  readonly path: readonly (string | number)[];
  readonly actual: Value | undefined;
  readonly expected: Value | undefined;
}

/** The first place where two unequal values differ. */
const firstDifference = (actual: Value, expected: Value, path: readonly (string | number)[]): Difference => {
  const keys = commonKeys(actual, expected);
  for (const key of keys) {
    const [a, b] = [part(actual, key), part(expected, key)];
    if (a === undefined || b === undefined) return { path: [...path, key], actual: a, expected: b };
    if (!equal(a, b)) return firstDifference(a, b, [...path, key]);
  }
  return { path, actual, expected };
};

const commonKeys = (a: Value, b: Value): readonly (string | number)[] => {
  if (isList(a) && isList(b)) return (a.length >= b.length ? a : b).map((_item, index) => index);
  return isMap(a) && isMap(b) ? [...new Set([...Object.keys(b), ...Object.keys(a)])] : [];
};

const part = (value: Value, key: string | number): Value | undefined => {
  if (isList(value)) return value[Number(key)];
  return isMap(value) && Object.hasOwn(value, key) ? value[key] : undefined;
};

/** What is there, and whether the same text with another type is. */
const inList = (item: Value, whole: Value): string => {
  const twin = isList(whole)
    ? whole.find((element) => mismatch(element, item) && textOf(element) === textOf(item))
    : undefined;
  if (twin !== undefined) return mismatched(twin, item);
  return `got ${show(isList(whole) || isMap(whole) ? whole : item)}`;
};
