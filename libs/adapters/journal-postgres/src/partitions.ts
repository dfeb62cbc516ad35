import type { Queryable } from './batch.ts';

/** Makes the partitions of today and the next `days`; an append makes the one it lacks, but then somebody waits for it. */
export const ensurePartitions = async (database: Queryable, days: number): Promise<void> => {
  await database.query('select journal.ensure_partitions($1)', [days]);
};
