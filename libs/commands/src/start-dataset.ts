import { type AskedTestEnvironment, type Placement, Problem } from '@testmesh/contracts';
import type { ValueMap } from '@testmesh/domain';
import { newRunId } from '@testmesh/runtime';
import type { Dataset, DatasetRun } from '@testmesh/store-postgres';
import { type AskedEnvironment, type EnvironmentNames, environmentOfParts } from './confirmed-environment.ts';
import { type DatasetDeps, keepDatasetRun, moveDatasetRunOn } from './dataset-progress.ts';
import type { Requester } from './deps.ts';

/** So many rows may be run at one request. */
export const MOST_ROWS_OF_A_RUN = 10_000;

/** What a column has to be called to go under its own name. */
export const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_-]*$/;

export interface DatasetStart extends AskedEnvironment, Partial<Placement> {
  /** The same id again is the same run. */
  readonly id: string;
  readonly flowId: string;
  readonly variables: ValueMap;
  readonly secretNames?: readonly string[];
  readonly testEnvironment: AskedTestEnvironment | null;
  /** Column → variable. */
  readonly mapping: Readonly<Record<string, string>>;
  readonly atOnce: number;
  readonly stopOnFailure: boolean;
  /** Counted from 1; all of them unless said. */
  readonly rows?: { readonly from: number; readonly to?: number | undefined };
  /** The schedule that asks for it. */
  readonly scheduleId?: string;
}

export interface DatasetStartDeps extends DatasetDeps {
  readonly environments: EnvironmentNames;
}

/** Keeps a run over a dataset as it is now and asks for its first rows. */
export const startDataset = async (
  deps: DatasetStartDeps,
  caller: Requester,
  { dataset, rows = { from: 1 }, ...start }: DatasetStart & { readonly dataset: Dataset },
): Promise<DatasetRun> => {
  checkMapping(dataset, start.mapping);
  const environment = await environmentOfParts(deps.environments, caller.workspace, start);
  const started = await keepDatasetRun(deps, caller.workspace, {
    ...start,
    ...environment,
    datasetId: dataset.id,
    datasetVersion: dataset.version,
    requestedBy: caller.actor,
    rows: rowNumbers(dataset, rows).map((row) => ({ row, runId: newRunId() })),
  });
  await moveDatasetRunOn(deps, started);
  return (await deps.datasetRuns.get(caller.workspace, dataset.id, started.id)) ?? started;
};

const rowNumbers = ({ table }: Dataset, { from, to }: NonNullable<DatasetStart['rows']>): readonly number[] => {
  const last = Math.min(to ?? table.rowCount, table.rowCount);
  if (from > last)
    throw new Problem('cannot-be-done', `the dataset has ${table.rowCount} rows, none of them is asked for`);
  if (last - from >= MOST_ROWS_OF_A_RUN) {
    throw new Problem(
      'cannot-be-done',
      `one request may run ${MOST_ROWS_OF_A_RUN} rows: say which ones with rows.from and rows.to`,
    );
  }
  return Array.from({ length: last - from + 1 }, (_, at) => from + at);
};

/** Refuses a mapping that names no column, or leaves one whose name is none of a variable. */
export const checkMapping = ({ table: { columns } }: Dataset, mapping: DatasetStart['mapping']): void => {
  const unknown = Object.keys(mapping).find((column) => !columns.includes(column));
  if (unknown !== undefined) throw new Problem('cannot-be-done', `the dataset has no column ${unknown}`);
  const unnamed = columns.find((column) => !VARIABLE_NAME.test(mapping[column] ?? column));
  if (unnamed === undefined) return;
  throw new Problem('cannot-be-done', `the column ${unnamed} is no name of a variable: say in mapping what it is`);
};
