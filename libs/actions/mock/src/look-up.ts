import { ExactNumber, type Value, type ValueMap } from '@testmesh/domain';

export const isMap = (value: Value | undefined): value is ValueMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);

/** Names and indexes of `a.b[0]["c d"]`; undefined when it is no such path. */
export const segmentsOf = (path: string): readonly string[] | undefined => {
  const parts = path.match(/(?:^|\.)[\w$-]+|\[\d+\]|\["[^"]*"\]|\['[^']*'\]/g) ?? [];
  if (parts.join('') !== path) return undefined;
  return parts.map((part) => part.replace(/^\.|^\[["']?|["']?\]$/g, ''));
};

/** The value that names and indexes lead to; undefined when they lead nowhere. */
export const lookUp = (value: Value, segments: readonly string[]): Value | undefined =>
  segments.reduce<Value | undefined>((found, segment) => {
    if (Array.isArray(found)) return (found as readonly Value[])[Number(segment)];
    return isMap(found) && Object.hasOwn(found, segment) ? found[segment] : undefined;
  }, value);
