import type { ChainVerdict } from '@testmesh/ports';
import * as z from 'zod';

/** The first event of a stream that is not as it was appended. */
export const brokenEvent = z
  .object({
    seq: z.int().describe('the first event that is wrong'),
    how: z
      .enum(['altered', 'missing', 'added'])
      .describe('`added`: it stands behind the end that the journal keeps for the stream'),
  })
  .meta({ id: 'BrokenEvent' });

export const chainOf = ({ events, broken }: ChainVerdict) => ({
  events,
  broken: broken === undefined ? null : { seq: broken.ver, how: broken.how },
});
