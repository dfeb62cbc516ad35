import { createHash } from 'node:crypto';
import { Problem } from '@testmesh/contracts';

// A cursor names the last row a client has, and the filter it was found with, so that it cannot be carried into another list.

/** Opaque text for where a list goes on. */
export const cursorOf = (after: string, filter: unknown): string =>
  Buffer.from(`${filterMark(filter)}${after}`).toString('base64url');

/** The last row a cursor names; refused when it belongs to another list. */
export const afterCursor = (cursor: string | undefined, filter: unknown): string | undefined => {
  if (cursor === undefined) return undefined;
  const text = Buffer.from(cursor, 'base64url').toString();
  const mark = filterMark(filter);
  if (text.startsWith(mark) && text.length > mark.length) return text.slice(mark.length);
  throw new Problem('invalid-request', 'the cursor belongs to a list with another filter; begin without one', {
    errors: [{ pointer: '?cursor', message: 'take `next_cursor` of the answer before, with the same filter' }],
  });
};

const filterMark = (filter: unknown): string =>
  createHash('sha256').update(JSON.stringify(filter)).digest('base64url').slice(0, 8);
