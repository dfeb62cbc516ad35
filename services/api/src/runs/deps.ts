import type { ActionCatalogue } from '@testmesh/flow';
import type { BlobStore, Clock, Journal, RunQueue, RunSecrets } from '@testmesh/ports';
import type { EnvironmentLookup, FlowLookup, IdempotencyKeys, LiveFeed, RunViews } from '../ports.ts';

/** What the routes of runs need. */
export interface RunDeps {
  readonly journal: Journal;
  readonly queue: RunQueue;
  readonly blobs: BlobStore;
  readonly secrets: RunSecrets;
  readonly runs: RunViews;
  readonly flows: FlowLookup;
  readonly environments: EnvironmentLookup;
  readonly idempotency: IdempotencyKeys;
  readonly live: LiveFeed;
  readonly clock: Clock;
  /** The actions this build knows. */
  readonly catalogue: ActionCatalogue;
}
