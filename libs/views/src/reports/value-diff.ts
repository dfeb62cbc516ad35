import { ExactNumber, isNumber, stringifyJson, type Value } from '@testmesh/domain';
import { valueLine } from './value-text.ts';

/** One line of a difference; `path` is empty for the value itself. */
export interface DiffLine {
  readonly sign: '-' | '+';
  readonly path: string;
  readonly text: string;
}

const LIMIT = 20;

/** What differs, expected (`-`) before actual (`+`): only the changed branches of objects and lists, by path. */
export const diffValues = (expected: Value | undefined, actual: Value | undefined): readonly DiffLine[] => {
  const lines: DiffLine[] = [];
  collect(expected, actual, '', lines);
  return lines.slice(0, LIMIT);
};

const collect = (expected: Value | undefined, actual: Value | undefined, path: string, lines: DiffLine[]): void => {
  if (lines.length >= LIMIT || same(expected, actual)) return;
  if (isTree(expected) && isTree(actual) && Array.isArray(expected) === Array.isArray(actual)) {
    const keys = new Set([...Object.keys(expected), ...Object.keys(actual)]);
    for (const key of keys) {
      const name = Array.isArray(expected) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
      collect(own(expected, key), own(actual, key), name, lines);
    }
    return;
  }
  const kinds = kindOf(expected) !== kindOf(actual) && expected !== undefined && actual !== undefined;
  lines.push(
    { sign: '-', path, text: described(expected, kinds) },
    { sign: '+', path, text: described(actual, kinds) },
  );
};

type Tree = Readonly<Record<string, Value>> | readonly Value[];

const isTree = (value: Value | undefined): value is Tree =>
  typeof value === 'object' && value !== null && !(value instanceof ExactNumber);

const own = (tree: Tree, key: string): Value | undefined =>
  Object.hasOwn(tree, key) ? (tree as Readonly<Record<string, Value>>)[key] : undefined;

const same = (a: Value | undefined, b: Value | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && stringifyJson(a) === stringifyJson(b));

const kindOf = (value: Value | undefined): string =>
  value === null ? 'null' : isNumber(value) ? 'number' : Array.isArray(value) ? 'list' : typeof value;

// Two values that print alike but differ in kind ("2" and 2) need their kinds named.
const described = (value: Value | undefined, withKind: boolean): string => {
  if (value === undefined) return 'nothing';
  const text = valueLine(value, 200);
  return withKind && (typeof value === 'string' || isNumber(value)) ? `${kindOf(value)} ${text}` : text;
};
