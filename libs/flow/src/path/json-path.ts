// RFC 9535 by json-p3, with its `match` and `search` on the linear-time engine.
// J1. It costs 12 ms to load, so only who reads a flow with such a path pays: `loadJsonPath` before compiling.
import type { Value } from '@testmesh/domain';
import type { JSONPathEnvironment, JSONValue } from 'json-p3';
import { compileRegex, loadRegexEngine } from '../regex/regex.ts';

/** All the nodes that a path selects, or why it cannot be read; `offset` counts in the path. */
export type Selection =
  | { readonly select: (from: Value) => readonly Value[] }
  | { readonly refused: string; readonly offset: number };

const MAX_NODES = 100_000;
/** Each `..` multiplies the work by the size of the document. */
const MAX_DESCENTS = 2;

let environment: JSONPathEnvironment | undefined;

/** Loads the library; `compileJsonPath` needs it. */
export const loadJsonPath = async (): Promise<void> => {
  if (environment) return;
  const { JSONPathEnvironment: Environment, FunctionExpressionType } = await import('json-p3');
  await loadRegexEngine();
  const made = new Environment();
  const register = (name: string, wrap: (pattern: string) => string) =>
    made.functionRegister.set(name, {
      argTypes: [FunctionExpressionType.ValueType, FunctionExpressionType.ValueType],
      returnType: FunctionExpressionType.LogicalType,
      call: (text: unknown, pattern: unknown) => matches(text, pattern, wrap),
    });
  register('match', (pattern) => `^(?:${pattern})$`);
  register('search', (pattern) => pattern);
  environment = made;
};

// RFC 9535 §2.4.6: what is no text, or no valid pattern, does not match.
const matches = (text: unknown, pattern: unknown, wrap: (pattern: string) => string): boolean => {
  if (typeof text !== 'string' || typeof pattern !== 'string') return false;
  const regex = compileRegex(wrap(pattern));
  return !('refused' in regex) && regex.matches(text);
};

export const compileJsonPath = (path: string): Selection => {
  if (!environment) throw new Error('the JSONPath library is not loaded: await loadJsonPath() first');
  if (path.split('..').length - 1 > MAX_DESCENTS) {
    return { refused: `more than ${MAX_DESCENTS} \`..\` in one path`, offset: path.indexOf('..') };
  }
  try {
    const query = environment.compile(path);
    return { select: (from) => firstNodes(query.lazyQuery(from as JSONValue)) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const { index = 0 } = 'token' in error ? (error.token as { index?: number }) : {};
    return { refused: error.message, offset: index };
  }
};

const firstNodes = (nodes: Iterable<{ value: unknown }>): readonly Value[] => {
  const values: Value[] = [];
  for (const { value } of nodes) {
    if (values.length >= MAX_NODES) throw new RangeError('a JSONPath selects too many nodes');
    values.push(value as Value);
  }
  return values;
};
