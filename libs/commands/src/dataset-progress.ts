import { Problem } from '@testmesh/contracts';
import type { Value, ValueMap } from '@testmesh/domain';
import type { RunQueue } from '@testmesh/ports';
import type { DatasetRun, DatasetRunStore, DatasetStore } from '@testmesh/store-postgres';
import type { RunStored } from './request-stored-run.ts';
import { takeDue } from './take-due.ts';

// A flow once per row. Invariants:
// T1. A row's run has an id of its own from the start: whoever asks for it again asks for the same run.
// T2. What a run is over is the version of the dataset that was current when it began.
// T3. A row that cannot be asked for has failed; the others go on, unless the run is to stop then.
// T4. A row that was given up while it was asked for is cancelled by whoever asked for it.

export interface DatasetDeps {
  readonly datasets: Pick<DatasetStore, 'rows' | 'get'>;
  readonly datasetRuns: DatasetRunStore;
  readonly run: RunStored;
  readonly cancelRun: RunQueue['cancel'];
}

/** What a row gives to its run: each column under the variable it stands for. */
const variablesOf = (run: Pick<DatasetRun, 'variables' | 'mapping'>, row: ValueMap): ValueMap => {
  const given = Object.entries(row).map(([column, value]): [string, Value] => [run.mapping[column] ?? column, value]);
  return { ...run.variables, ...Object.fromEntries(given) };
};

/** Keeps a run over a dataset; refuses one whose dataset or flow was deleted meanwhile. */
export const keepDatasetRun = async (
  { datasetRuns }: Pick<DatasetDeps, 'datasetRuns'>,
  workspace: string,
  run: Parameters<DatasetRunStore['add']>[1],
): Promise<DatasetRun> => {
  const kept = await datasetRuns.add(workspace, run);
  if (kept === undefined) throw new Problem('cannot-be-done', 'the dataset, or the flow, was deleted');
  return kept;
};

/** Asks for the rows whose turn it is; true when something was asked for or the run ended. */
export const moveDatasetRunOn = async (deps: DatasetDeps, run: DatasetRun): Promise<boolean> => {
  const due = await deps.datasetRuns.turn(run);
  if (due.length > 0) {
    const { workspace, datasetId, datasetVersion } = run;
    const rows = (await deps.datasets.rows(workspace, datasetId, datasetVersion)) ?? [];
    for (const { row, runId } of due) {
      const error = await ask(deps, run, { runId, row: rows[row - 1] });
      const isOurs = await deps.datasetRuns.asked(run.id, row, error);
      if (!isOurs && error === null) await deps.cancelRun(runId, run.requestedBy);
    }
  }
  return (await deps.datasetRuns.end(run.id)) || due.length > 0;
};

/** Nothing more of it is asked for, and what goes on is cancelled; asked for again it is the same. */
export const cancelDatasetRun = async (
  deps: Pick<DatasetDeps, 'datasetRuns' | 'cancelRun'>,
  run: DatasetRun,
  by: string,
): Promise<void> => {
  if (run.endedAt !== null) throw new Problem('conflict', `the run ${run.id} over the dataset is finished already`);
  for (const runId of await deps.datasetRuns.giveUp(run.id)) await deps.cancelRun(runId, by);
  await deps.datasetRuns.end(run.id);
};

interface Asking {
  readonly runId: string;
  readonly row: ValueMap | undefined;
}

/** Null, or why it cannot be asked for. */
const ask = async ({ run: request }: DatasetDeps, run: DatasetRun, { runId, row }: Asking): Promise<string | null> => {
  if (row === undefined) return 'the dataset was deleted';
  const caller = { workspace: run.workspace, actor: run.requestedBy };
  const trigger = { kind: 'dataset', id: run.id } as const;
  const { flowId, environment, confirmedEnvironment, testEnvironment, secretNames, pool, priority } = run;
  const asked = { flowId, environment, confirmedEnvironment, testEnvironment, secretNames, pool, priority };
  const stored = { ...asked, variables: variablesOf(run, row) };
  try {
    await request(stored, { caller, trigger, idempotencyKey: undefined, runId });
    return null;
  } catch (cause) {
    if (cause instanceof Problem) return cause.message;
    throw cause;
  }
};

/** Moves on every run over a dataset with a row whose turn has come, or whose rows have all ended; how many went on. */
export const moveDatasetsOn = (deps: DatasetDeps, atOnce = 50): Promise<number> =>
  takeDue(
    (but) => deps.datasetRuns.due(atOnce, but),
    async ({ workspace, datasetId, id }) => {
      const run = await deps.datasetRuns.get(workspace, datasetId, id);
      return run !== undefined && (await moveDatasetRunOn(deps, run));
    },
  );
