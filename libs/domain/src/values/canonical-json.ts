import { ExactNumber } from './exact-number.ts';
import type { Value, ValueMap } from './value.ts';

// Every fact of a run passes here. Measured: the built-in serialiser on a value whose keys are in order takes under half the time
// of putting the text together by hand, and what a journal gave back is in order already.

/** JSON with object keys sorted by code unit and no spaces: equal values give equal bytes. */
export const canonicalJson = (value: Value): string => {
  const inOrder = ordered(value);
  return inOrder === BY_HAND ? written(value) : (JSON.stringify(inOrder) ?? 'null');
};

/** An object that JavaScript does not keep in the order of its keys' code units: it puts "9" before "10". */
const BY_HAND = Symbol('by hand');
type Ordered = Value | undefined | typeof BY_HAND;

const rawJson = (JSON as unknown as { rawJSON: (text: string) => Value }).rawJSON;

/** The value itself where its keys are in order, else a copy that shares what is; exact numbers as their digits. */
const ordered = (value: Value | undefined): Ordered => {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return orderedList(value);
  return value instanceof ExactNumber ? rawJson(value.text) : orderedMap(value as ValueMap);
};

const orderedList = (list: readonly Value[]): Ordered => {
  for (let at = 0; at < list.length; at++) {
    const item = ordered(list[at]);
    if (item !== list[at]) return item === BY_HAND ? BY_HAND : copiedList(list, at);
  }
  return list;
};

/** The items before `from` are in order. */
const copiedList = (list: readonly Value[], from: number): Ordered => {
  const copy = list.slice(0, from);
  for (let at = from; at < list.length; at++) {
    const item = ordered(list[at]);
    if (item === BY_HAND) return BY_HAND;
    copy.push(item ?? null);
  }
  return copy;
};

const orderedMap = (map: ValueMap): Ordered => {
  let last = '';
  for (const key in map) {
    if (key < last) return copiedMap(map);
    const item = map[key];
    const inOrder = ordered(item);
    if (inOrder !== item) return inOrder === BY_HAND ? BY_HAND : copiedMap(map);
    last = key;
  }
  return map;
};

const copiedMap = (map: ValueMap): Ordered => {
  const copy: Record<string, Value> = {};
  for (const key of sortedKeys(map)) {
    if (isKeptElsewhere(key)) return BY_HAND;
    const item = ordered(map[key]);
    if (item === BY_HAND) return BY_HAND;
    if (item !== undefined) copy[key] = item;
  }
  return copy;
};

/** Names that begin with a digit may be an index, which comes first, and `__proto__` cannot be assigned. */
const isKeptElsewhere = (key: string): boolean => {
  const first = key.charCodeAt(0);
  return (first >= 48 && first <= 57) || key === '__proto__';
};

const FEW = 24;
/** Few keys are sorted in place: they nearly are. */
const sortedKeys = (map: ValueMap): string[] => {
  const keys = Object.keys(map);
  if (keys.length > FEW) return keys.sort();
  for (let at = 1; at < keys.length; at++) {
    const key = keys[at] as string;
    let to = at;
    for (; to > 0 && (keys[to - 1] as string) > key; to--) keys[to] = keys[to - 1] as string;
    keys[to] = key;
  }
  return keys;
};

const written = (value: Value | undefined): string => {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(written).join(',')}]`;
  return value instanceof ExactNumber ? value.text : writtenMap(value as ValueMap);
};

const writtenMap = (map: ValueMap): string => {
  const members = sortedKeys(map).flatMap((key) =>
    map[key] === undefined ? [] : [`${JSON.stringify(key)}:${written(map[key])}`],
  );
  return `{${members.join(',')}}`;
};
