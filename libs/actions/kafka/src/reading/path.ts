import type { PathSegment } from '@testmesh/action-kit';

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
