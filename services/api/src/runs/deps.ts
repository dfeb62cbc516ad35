import type { RequestDeps } from '@testmesh/commands';
import type { JournalChains, RunQueue, ServedPools } from '@testmesh/ports';
import type { LiveFeed, RunViews } from '../ports.ts';

/** What the routes of runs need. */
export interface RunDeps extends RequestDeps {
  readonly queue: RunQueue;
  readonly runs: RunViews;
  readonly chains: Pick<JournalChains, 'verify'>;
  readonly servedPools: ServedPools;
  readonly live: LiveFeed;
}
