import type { RecordedEvent } from '@testmesh/domain';
import type { RunRow } from '@testmesh/views';
import type { Row } from './type-book.ts';

type Many<Found> = (workspace: string, ids: readonly string[]) => Promise<ReadonlyMap<string, Found>>;
type Latest<Item> = (
  workspace: string,
  owners: readonly string[],
  limit: number,
) => Promise<ReadonlyMap<string, readonly Item[]>>;

/** So many events of a run, behind this one. */
export interface HistoryPage {
  readonly after: number;
  readonly limit: number;
}

export interface HistorySize {
  readonly events: number;
  readonly bytes: number;
}

/** Reads of many things at once, each by a number of statements that does not grow with how many are asked for. */
export interface BatchReads {
  readonly runs: Many<RunRow>;
  /** How much a page of each run is: what is archived is absent, and so is what is not the workspace's. */
  readonly sizes: (
    workspace: string,
    ids: readonly string[],
    page: HistoryPage,
  ) => Promise<{ readonly known: ReadonlyMap<string, HistorySize>; readonly archived: readonly string[] }>;
  /** A page of the events of runs that `sizes` knows. */
  readonly histories: (
    workspace: string,
    ids: readonly string[],
    page: HistoryPage,
  ) => Promise<ReadonlyMap<string, readonly RecordedEvent[]>>;
  /** A page of the events of one run that is archived; undefined for another workspace's. */
  readonly archived: (
    workspace: string,
    id: string,
    page: HistoryPage,
  ) => Promise<readonly RecordedEvent[] | undefined>;
  /** As the REST API shows them, as are the others. */
  readonly flows: Many<Row>;
  readonly suites: Many<Row>;
  readonly runsOfFlows: Latest<RunRow>;
  readonly runsOfSchedules: Latest<Row>;
  readonly runsOfSuites: Latest<Row>;
}
