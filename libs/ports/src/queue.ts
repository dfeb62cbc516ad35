import type { Envelope } from '@testmesh/domain';

// Runs that wait for an executor. Every change of a queue row commits together with its event in the journal.
// Q1. At most one executor owns a run: claiming raises the run's epoch, and the journal refuses older ones.
// Q2. Only the queue's own clock (the database's) says when a lease ends.
// Q3. A run leaves the queue with its terminal event and not before.

/** A run to be queued; `event` is its RunRequested, at version 1 of its stream. */
export interface QueuedRun {
  readonly runId: string;
  readonly workspace: string;
  readonly pool: string;
  /** Higher goes first within a workspace; 0 unless said. */
  readonly priority: number;
  /** Microseconds since 1970 before which nobody takes it. */
  readonly notBefore?: number;
  /** Names only one run of the workspace may hold at a time (`resources: exclusive`). */
  readonly exclusive: readonly string[];
  readonly event: Envelope;
}

export interface ClaimRequest {
  readonly executor: string;
  readonly pools: readonly string[];
  /** Of this workspace alone, for an executor that belongs to one. */
  readonly workspace?: string;
  /** At most this many. */
  readonly slots: number;
  readonly leaseMs: number;
}

export interface ClaimedRun {
  readonly runId: string;
  readonly workspace: string;
  /** The fencing token: everything the owner appends carries it. */
  readonly epoch: number;
  /** Claims of this run so far, this one included. */
  readonly attempt: number;
  /** The stream's version after RunClaimed. */
  readonly ver: number;
}

export interface HeldRun {
  readonly runId: string;
  readonly epoch: number;
}

export interface LeaseReply extends HeldRun {
  /** `lost`: somebody else owns it, or nobody; whoever asked has to stop. */
  readonly lease: 'held' | 'lost';
  /** Who asked to cancel the run, when someone did. */
  readonly cancelledBy?: string;
}

export interface ReapPolicy {
  /** Claims after which a run that lost its executor again is parked. */
  readonly maxAttempts: number;
  /** At most this many at once. */
  readonly limit: number;
}

export interface ReapedRun {
  readonly runId: string;
  readonly outcome: 'requeued' | 'parked';
}

/** What the request came to: `finished` and `absent` changed nothing. */
export type CancelOutcome = 'cancelled' | 'requested' | 'finished' | 'absent';

export interface RunQueue {
  /** Queues runs that are not known yet; a run id that is known is left as it is (`false`). In the order given. */
  readonly request: (runs: readonly QueuedRun[]) => Promise<readonly boolean[]>;
  readonly claim: (request: ClaimRequest) => Promise<readonly ClaimedRun[]>;
  /** Extends the leases that are still held. */
  readonly heartbeat: (executor: string, runs: readonly HeldRun[], leaseMs: number) => Promise<readonly LeaseReply[]>;
  /** Gives a run back to the queue at once; false when it was not held. */
  readonly release: (run: HeldRun, reason: string) => Promise<boolean>;
  /** A queued or parked run ends at once; a running one is told at its owner's next heartbeat or append. */
  readonly cancel: (runId: string, by: string) => Promise<CancelOutcome>;
  /** Takes runs whose lease has ended from their owners. */
  readonly reap: (policy: ReapPolicy) => Promise<readonly ReapedRun[]>;
  /** Puts a parked run back with its attempts forgotten; false when it is not parked. */
  readonly unpark: (runId: string, by: string) => Promise<boolean>;
}

/** Who takes runs of a pool, as far as anybody knows. */
export interface ServedPools {
  /** Whether somebody asked of late for runs of the pool, of this workspace or of all. */
  readonly isServed: (pool: string, workspace: string) => Promise<boolean>;
}

/** What one executor, or all whose names begin alike, hold of a workspace's runs. */
export interface HoldingsQuery {
  readonly workspace: string;
  readonly executor: string;
  /** The executor's name is how several begin. */
  readonly isPrefix?: boolean;
}

/** Who holds what, for those who may touch only what they hold. */
export interface RunHoldings {
  readonly heldBy: (query: HoldingsQuery) => Promise<readonly ClaimedRun[]>;
  /** Remembers that a body was put for a run. */
  readonly addBlob: (runId: string, hash: string) => Promise<void>;
  /** Those of the bodies that were put for the run. */
  readonly blobsOf: (runId: string, hashes: readonly string[]) => Promise<ReadonlySet<string>>;
  readonly forgetBlobs: (runId: string) => Promise<void>;
}
