/** A set of views that is filled beside the one that is shown, to take its place. */
export interface ViewRebuild {
  /** The projector that fills the new set. */
  readonly projector: string;
  /** The set that was shown when it began. */
  readonly replaces: string;
  /** `building` until the new set is shown or given up. */
  readonly phase: 'building' | 'switched' | 'cancelled';
  readonly requestedBy: string;
  /** Milliseconds since 1970. */
  readonly requestedAt: number;
  readonly decidedAt: number | null;
  /** When the rows of the other set were gone, and the next rebuild may begin. */
  readonly tidiedAt: number | null;
}

/** `behind` the set that is shown, or with streams `set-aside` that the other one shows: it is not shown yet. */
export type ShowResult = 'shown' | 'behind' | 'set-aside' | 'not-building';

/** Which set of a view people see, and what is built to take its place. Any number of processes may ask for each step. */
export interface ViewSets {
  readonly now: () => Promise<{ readonly shown: string; readonly rebuild?: ViewRebuild }>;
  /** Undefined while another one is under way, or its old rows are still there. */
  readonly begin: (requestedBy: string) => Promise<ViewRebuild | undefined>;
  /** Shows the new set, unless it lacks something that people see now. */
  readonly showRebuilt: () => Promise<ShowResult>;
  /** Gives the new set up; false when there is none that is not shown. */
  readonly cancel: () => Promise<boolean>;
  /** Deletes rows of sets that are neither shown nor built, some at a time; true while there are more. */
  readonly tidy: () => Promise<boolean>;
}
