import { ExactNumber, type Value } from '@testmesh/domain';

export type PathSegment = string | number;

const SEGMENT = /\.?([A-Za-z_][\w-]*)|\[(\d+)\]|\['([^']*)'\]|\["([^"]*)"\]/y;

/** A path of names and indexes: `$.order.id`, `items[0].sku`, `$['order id']`; undefined for anything else. */
export const parsePath = (text: string): readonly PathSegment[] | undefined => {
  const body = text.startsWith('$') ? text.slice(1) : text;
  const segments: PathSegment[] = [];
  SEGMENT.lastIndex = 0;
  while (SEGMENT.lastIndex < body.length) {
    const found = SEGMENT.exec(body);
    if (found === null) return undefined;
    const [, name, index, single, double] = found;
    segments.push(index === undefined ? (name ?? single ?? double ?? '') : Number(index));
  }
  return segments.length > 0 || text === '$' ? segments : undefined;
};

/** The value at a path; undefined when it is not there. */
export const valueAt = (value: Value, path: readonly PathSegment[]): Value | undefined => {
  let at: Value | undefined = value;
  for (const segment of path) at = child(at, segment);
  return at;
};

const child = (value: Value | undefined, segment: PathSegment): Value | undefined => {
  if (value === null || typeof value !== 'object' || value instanceof ExactNumber) return undefined;
  if (Array.isArray(value)) return typeof segment === 'number' ? (value as readonly Value[])[segment] : undefined;
  return Object.hasOwn(value, segment) ? (value as Record<string, Value>)[segment] : undefined;
};
