import type { Value, ValueMap } from '@testmesh/domain';
import { suggest } from '../source/suggest.ts';
import { childOf, isList, isMap, keysOf, lengthOf } from './child.ts';
import type { Query } from './query.ts';

export type Found =
  | { readonly kind: 'found'; readonly value: Value }
  | {
      readonly kind: 'missed';
      /** The key that is not there; undefined when the path as a whole selects nothing. */
      readonly at: string | number | undefined;
      readonly suggestion?: string;
      readonly help?: string;
    };

/** The value or values at a path: from the root of the result when its first key is there, else from the body. */
export const selectFrom = (query: Query, result: ValueMap): Found => {
  const [first] = query.segments;
  const body = Object.hasOwn(result, 'body') ? result['body'] : undefined;
  if (first === undefined) return query.kind === 'singular' ? found(result) : selectMany(query, result, body);
  if (Object.hasOwn(result, first) || body === undefined) return walk(query, result);
  const inBody = walk(query, body);
  // A miss is told at the root when the body has no such key either.
  return inBody.kind === 'missed' && childOf(body, first) === undefined ? missedRoot(first, result, body) : inBody;
};

const found = (value: Value): Found => ({ kind: 'found', value });

const selectMany = (query: Extract<Query, { kind: 'many' }>, result: ValueMap, body: Value | undefined): Found => {
  for (const root of [result, body]) {
    const values = root === undefined ? [] : query.select(root);
    // `$[*]` means the elements of the body, not the keys of the result.
    if (values.length > 0 && !(root === result && isList(body))) return found(values);
  }
  return { kind: 'missed', at: undefined };
};

const walk = (query: Query, from: Value): Found => {
  let value = from;
  for (const segment of query.segments) {
    const next = stepInto(value, segment);
    if (next === undefined) return missed(segment, value);
    value = next;
  }
  if (query.kind === 'singular') return found(value);
  const values = query.select(value);
  return values.length > 0 ? found(values) : { kind: 'missed', at: undefined };
};

const stepInto = (value: Value, segment: string | number): Value | undefined => {
  const child = childOf(value, segment);
  if (child !== undefined || segment !== 'length') return child;
  return isList(value) || typeof value === 'string' ? lengthOf(value) : undefined;
};

const missedRoot = (segment: string | number, result: ValueMap, body: Value): Found => {
  const keys = [...keysOf(result), ...keysOf(body)];
  return {
    kind: 'missed',
    at: segment,
    ...hints(segment, keys, isMap(body) ? 'the result and its body have' : 'the result has'),
  };
};

const missed = (segment: string | number, value: Value): Found => {
  if (isList(value)) {
    const help =
      typeof segment === 'number'
        ? `the list has ${value.length} elements`
        : `it is a list: \`[0].${segment}\` is one element's, \`[*].${segment}\` all of them`;
    return { kind: 'missed', at: segment, help };
  }
  return isMap(value)
    ? { kind: 'missed', at: segment, ...hints(segment, keysOf(value), 'there are') }
    : { kind: 'missed', at: segment, help: value === null ? 'it is null there' : `it is a ${typeof value} there` };
};

const hints = (segment: string | number, keys: readonly string[], lead: string) => {
  const nearest = suggest(String(segment), keys);
  return {
    ...(nearest !== undefined && { suggestion: `did you mean \`${nearest}\`?` }),
    ...(keys.length > 0 && { help: `${lead} ${keys.slice(0, 20).join(', ')}` }),
  };
};
