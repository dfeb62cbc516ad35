import { environmentOfParts, moveDatasetRunOn } from '@testmesh/commands';
import { Problem } from '@testmesh/contracts';
import type { ValueMap } from '@testmesh/domain';
import { newRunId } from '@testmesh/runtime';
import type { Dataset, DatasetRun } from '@testmesh/store-postgres';
import type * as z from 'zod';
import type { ConfigurationDeps } from '../configuration/deps.ts';
import { askedEnvironment } from '../configuration/wire.ts';
import type { Caller } from '../http/route.ts';
import { MOST_RUNS, type runRequest, variable } from './dataset-run-body.ts';

type Body = z.output<typeof runRequest>;

/** The numbers of the rows that are to be run, counted from 1. */
const rowNumbers = ({ table }: Dataset, { rows: { from, to } }: Body): readonly number[] => {
  const last = Math.min(to ?? table.rowCount, table.rowCount);
  if (from > last)
    throw new Problem('cannot-be-done', `the dataset has ${table.rowCount} rows, none of them is asked for`);
  if (last - from >= MOST_RUNS) {
    throw new Problem(
      'cannot-be-done',
      `one request may run ${MOST_RUNS} rows: say which ones with rows.from and rows.to`,
    );
  }
  return Array.from({ length: last - from + 1 }, (_, at) => from + at);
};

const checkMapping = ({ table: { columns } }: Dataset, { mapping }: Body): void => {
  const unknown = Object.keys(mapping).find((column) => !columns.includes(column));
  if (unknown !== undefined) throw new Problem('cannot-be-done', `the dataset has no column ${unknown}`);
  const unnamed = columns.find((column) => !variable.safeParse(mapping[column] ?? column).success);
  if (unnamed === undefined) return;
  throw new Problem('cannot-be-done', `the column ${unnamed} is no name of a variable: say in mapping what it is`);
};

/** Keeps a run over a dataset and asks for its first rows. */
export const startDatasetRun = async (
  deps: ConfigurationDeps,
  caller: Caller,
  dataset: Dataset,
  body: Body & { readonly id: string },
): Promise<DatasetRun> => {
  checkMapping(dataset, body);
  if ((await deps.flows.byId(caller.workspace, body.flow_id)) === undefined) {
    throw new Problem('cannot-be-done', `the workspace has no flow ${body.flow_id}`);
  }
  const started = await deps.datasetRuns.add(caller.workspace, {
    id: body.id,
    datasetId: dataset.id,
    datasetVersion: dataset.version,
    flowId: body.flow_id,
    ...(await environmentOfParts(deps.environments, caller.workspace, askedEnvironment(body))),
    testEnvironment: body.test_environment ?? null,
    variables: body.variables as ValueMap,
    mapping: body.mapping,
    atOnce: body.parallel,
    stopOnFailure: body.stop_on_failure,
    requestedBy: caller.actor,
    rows: rowNumbers(dataset, body).map((row) => ({ row, runId: newRunId() })),
  });
  await moveDatasetRunOn(deps, started);
  return (await deps.datasetRuns.get(caller.workspace, dataset.id, started.id)) ?? started;
};
