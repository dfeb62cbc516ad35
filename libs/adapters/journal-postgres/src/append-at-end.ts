import type { Envelope } from '@testmesh/domain';
import { appendBatches, type Queryable } from './batch.ts';

/**
 * Appends wherever the stream ends, for streams that many write to and nobody owns (`config-…`).
 * Inside a transaction the first attempt locks the stream, so that the second one cannot come too late.
 */
export const appendAtEnd = async (
  database: Queryable,
  stream: string,
  events: readonly Envelope[],
): Promise<number> => {
  const epoch = events[0]?.epoch ?? 0;
  let expectedVer = 0;
  while (true) {
    const [result] = await appendBatches(database, [{ stream, expectedVer, epoch, events }]);
    if (result?.outcome === 'applied' || result?.outcome === 'already_applied') return result.ver;
    if (result?.outcome !== 'conflict') {
      throw new Error(`the journal refused ${events.length} events of ${stream}: ${result?.outcome ?? 'no answer'}`);
    }
    expectedVer = result.ver;
  }
};
