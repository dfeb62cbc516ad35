import type { FeedCursor } from './feed.ts';

/** Runs of a pool that are in one state. */
export interface PoolFigures {
  readonly pool: string;
  readonly state: 'queued' | 'running' | 'parked';
  readonly runs: number;
  /** Since the oldest of them was asked for. */
  readonly oldestMs: number;
}

/** What a process of a site agent tells of itself; everything since it started. */
export interface SiteAgentFigures {
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly slots: number;
  readonly busy: number;
  readonly runsEnded: Readonly<Record<string, number>>;
  readonly requests: number;
  readonly requestsFailed: number;
  readonly memoryBytes: number;
}

export interface SiteAgentProcess {
  readonly workspace: string;
  readonly agent: string;
  readonly process: string;
  readonly figures: SiteAgentFigures;
  readonly silentMs: number;
}

/** What the journal's database can tell of the whole fleet, for whoever watches over it. */
export interface JournalFigures {
  readonly now: () => Promise<{
    readonly pools: readonly PoolFigures[];
    /** Least time left of any lease, negative when one has ended; undefined when no run is carried. */
    readonly leaseLeftMs: number | undefined;
    /** Since the oldest transaction began that holds readers of the journal back. */
    readonly horizonAgeMs: number;
  }>;
  /** Since the oldest event after this place was written; 0 when there is none. */
  readonly lagMs: (cursor: FeedCursor) => Promise<number>;
  /** Processes of site agents that were heard of lately. */
  readonly siteAgents?: () => Promise<readonly SiteAgentProcess[]>;
}
