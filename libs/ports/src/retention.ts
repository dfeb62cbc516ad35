/** A day whose runs are in the database, and the workspaces they are of. */
export interface KeptDay {
  /** `2026-11-21`, UTC. */
  readonly day: string;
  readonly workspaces: readonly string[];
}

/** What leaves the database with time. */
export interface Retention {
  /** Does the work unless another copy is at it; false then. */
  readonly alone: (work: () => Promise<void>) => Promise<boolean>;
  /** Days before today, the oldest first. */
  readonly days: () => Promise<readonly KeptDay[]>;
  /** Days for which workspaces keep runs; one that is absent keeps them for ever. */
  readonly runsDays: () => Promise<ReadonlyMap<string, number>>;
  /** Moves a day to the archive; what it came to, in a word. */
  readonly archive: (day: string) => Promise<string>;
  /** Lets go of views and history that are older than their workspace keeps runs; true when there may be more. */
  readonly retire: () => Promise<boolean>;
  /** Moves bodies that nothing needs to the archive; true when there may be more. */
  readonly sweepBlobs: () => Promise<boolean>;
  readonly sweepSecrets: () => Promise<number>;
  /** Whether there is an archive to move anything to. */
  readonly hasArchive: boolean;
}
