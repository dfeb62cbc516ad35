import type { Clock } from '@testmesh/ports';
import type { Storage } from '@testmesh/service-kit';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Days for which the journal has partitions before a run is born in them. */
const DAYS_AHEAD = 3;

export type Tidied = Pick<Storage, 'idempotency' | 'users' | 'makePartitions'>;

/** Forgets keys of requests, sessions and failed log-ins whose time is over, and makes room for the days to come: each whatever the others do. */
export const tidy = async (storage: Tidied, clock: Pick<Clock, 'now'>): Promise<void> => {
  const results = await Promise.allSettled([
    storage.makePartitions(DAYS_AHEAD),
    storage.idempotency.forgetBefore(clock.now() - DAY_MS),
    storage.users.sweep(clock.now()),
  ]);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
};
