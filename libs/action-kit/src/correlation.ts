// Which message is this run's: the equalities of a step's assertions, held against one message. Invariants:
// C1. A correlation speaks of the first message: `messages[0]…`, or a root that stands for a part of it (`value…`, `key`);
//     others are for the assertions to judge.
// C2. Values are compared as assertions do: no conversion, numbers by value.
// C3. A message that is not meant says why, naming what it has instead.
import { compareNumbers, ExactNumber, isNumber, stringifyJson, type Value, type ValueMap } from '@testmesh/domain';
import type { Expectations } from './action-context.ts';

export type PathSegment = string | number;

/** Something a message must meet to be taken. */
export interface Requirement {
  /** For people, with the values of this run: `value.order_id == "o-17"`. */
  readonly text: string;
  /** Why a message is not meant; undefined when it is. */
  readonly mismatch: (message: ValueMap) => string | undefined;
}

/** The step's equalities about the first message, as requirements; `roots` are the result keys that stand for its parts. */
export const correlationRequirements = (
  correlations: Expectations['correlations'],
  roots: readonly string[],
): readonly Requirement[] =>
  correlations.flatMap(({ path, value }) => {
    const within = withinMessage(path, roots);
    return within === undefined
      ? []
      : [{ text: `${pathText(within)} == ${shown(value)}`, mismatch: mustEqual(within, value) }];
  });

/** The path inside the first message that a path of the result stands for; undefined when it is none. */
const withinMessage = (path: readonly PathSegment[], roots: readonly string[]): readonly PathSegment[] | undefined => {
  const [root, ...rest] = path;
  if (root === 'result' || root === 'response') return withinMessage(rest, roots);
  if (typeof root === 'string' && roots.includes(root)) return path;
  if (root === 'messages' && rest[0] === 0 && rest.length > 1) return rest.slice(1);
  return undefined;
};

export const mustEqual =
  (path: readonly PathSegment[], wanted: Value): Requirement['mismatch'] =>
  (message) => {
    const actual = valueAt(message, path);
    if (actual !== undefined && sameValue(actual, wanted)) return undefined;
    return `${insteadOf(message, path, shown(wanted))}${kindsOf(actual, wanted)}`;
  };

/** What stands at the path, for a person who wanted something else there. */
export const insteadOf = (root: Value, path: readonly PathSegment[], wanted: string): string => {
  const actual = valueAt(root, path);
  const name = pathText(path);
  return actual === undefined
    ? `${name} does not exist${namesBeside(root, path)}`
    : `${name} is ${shown(actual)}, not ${wanted}`;
};

/** Equality as assertions mean it. */
export const sameValue = (a: Value, b: Value): boolean => {
  if (isNumber(a) || isNumber(b)) return isNumber(a) && isNumber(b) && compareNumbers(a, b) === 0;
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return a === b;
  if (Array.isArray(a) || Array.isArray(b))
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => sameValue(item, b[i]));
  return sameMap(a as ValueMap, b as ValueMap);
};

const sameMap = (a: ValueMap, b: ValueMap): boolean => {
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameValue(a[key] as Value, b[key] as Value))
  );
};

/** The value at a path of names and indexes; undefined when it is not there. */
export const valueAt = (value: Value, path: readonly PathSegment[]): Value | undefined => {
  let at: Value | undefined = value;
  for (const segment of path) at = childOf(at, segment);
  return at;
};

const childOf = (value: Value | undefined, segment: PathSegment): Value | undefined => {
  if (Array.isArray(value)) return typeof segment === 'number' ? (value as readonly Value[])[segment] : undefined;
  return isMap(value) && Object.hasOwn(value, segment) ? value[segment] : undefined;
};

const isMap = (value: Value | undefined): value is ValueMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);

const namesBeside = (root: Value, path: readonly PathSegment[]): string => {
  const parent = valueAt(root, path.slice(0, -1));
  const names = isMap(parent) ? Object.keys(parent) : [];
  return names.length === 0 ? '' : `; there is ${names.slice(0, 12).join(', ')}`;
};

const kindsOf = (actual: Value | undefined, wanted: Value): string =>
  actual !== undefined && asText(actual) === asText(wanted) ? ` (a ${kindOf(actual)}, not a ${kindOf(wanted)})` : '';

const kindOf = (value: Value): string => (isNumber(value) ? 'number' : typeof value);

const pathText = (path: readonly PathSegment[]): string =>
  path.map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`)).join('');

const asText = (value: Value): string => (typeof value === 'string' ? value : stringifyJson(value));

const SHOWN_LENGTH = 120;
const shown = (value: Value): string => {
  const text = stringifyJson(value);
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text;
};
