import type { RunTrigger, Verdict } from '@testmesh/domain';
import type { FeedCursor } from './feed.ts';

/** A run that has ended, and what it was. */
export interface EndedRun {
  readonly runId: string;
  readonly workspace: string;
  /** Without an id the flow came with its request. */
  readonly flow: { readonly id?: string; readonly name: string };
  readonly environment?: string;
  readonly trigger?: RunTrigger;
  readonly verdict: Verdict;
  readonly reason?: string;
  /** The journal's clock, microseconds since 1970. */
  readonly endedAt: number;
}

/** The ends of runs, complete and each once, in an order that is stable. */
export interface EndedRuns {
  /** `cursor` of the answer equals the one given when there were none. */
  readonly after: (
    cursor: FeedCursor,
    limit: number,
  ) => Promise<{ readonly ended: readonly EndedRun[]; readonly cursor: FeedCursor }>;
  /** The end of one run; undefined while it goes on, and when it has left the database. */
  readonly of: (runId: string) => Promise<EndedRun | undefined>;
  /** Since the oldest end after this place was written; 0 when there is none. */
  readonly lagMs: (cursor: FeedCursor) => Promise<number>;
}
