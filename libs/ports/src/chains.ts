/** Whether the events of a stream are those that were appended, as far as their chain tells. */
export interface ChainVerdict {
  readonly stream: string;
  /** How many there are, or how many were read before the first one that is wrong. */
  readonly events: number;
  /** The first event that is not as it was appended: changed, taken away, or put behind the end. */
  readonly broken?: { readonly ver: number; readonly how: 'altered' | 'missing' | 'added' };
}

/** Where a look at many streams goes on. */
export interface ChainPlace {
  readonly stream: string;
  /** The last event of it that was looked at; 0 for none. */
  readonly ver: number;
  /** Its chain value, hex. */
  readonly chain: string;
}

/** The chains that events are appended to, followed from their beginning. */
export interface JournalChains {
  /** Undefined where the workspace has no such stream. */
  readonly verify: (workspace: string, stream: string) => Promise<ChainVerdict | undefined>;
  /**
   * The streams of a workspace that live for ever, which are all but those of runs, in the order of their names; so many as
   * a bounded number of events allows.
   */
  readonly verifyKept: (
    workspace: string,
    from?: ChainPlace,
  ) => Promise<{ readonly verdicts: readonly ChainVerdict[]; readonly next?: ChainPlace }>;
}
