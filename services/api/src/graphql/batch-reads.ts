import type { RecordedEvent } from '@testmesh/domain';
import type { RunRow } from '@testmesh/views';
import type { Row } from './type-book.ts';

type Many<Found> = (workspace: string, ids: readonly string[]) => Promise<ReadonlyMap<string, Found>>;
type Latest<Item> = (
  workspace: string,
  owners: readonly string[],
  limit: number,
) => Promise<ReadonlyMap<string, readonly Item[]>>;

/** Reads of many things at once, each by a number of statements that does not grow with how many are asked for. */
export interface BatchReads {
  readonly runs: Many<RunRow>;
  /** The events of runs; a run that is another workspace's is absent. */
  readonly histories: Many<readonly RecordedEvent[]>;
  /** As the REST API shows them, as are the others. */
  readonly flows: Many<Row>;
  readonly suites: Many<Row>;
  readonly runsOfFlows: Latest<RunRow>;
  readonly runsOfSchedules: Latest<Row>;
  readonly runsOfSuites: Latest<Row>;
}
