import type { Verdict } from '@testmesh/domain';
import { newRunId, OutcomeLoop, seededRandom, systemClock } from '@testmesh/runtime';
import type { Storage } from '@testmesh/service-kit';

/** What an executor would record at a run's end; taken in by whatever asked for the run when this is fulfilled. */
export const endRun = async (storage: Storage, runId: string, verdict: Verdict): Promise<void> => {
  const stream = `run-${runId}`;
  let workspace = '';
  for await (const event of storage.journal.read(stream)) ({ workspace } = event);
  const data = { verdict, teardown: { status: 'none' }, outputs: {}, durationMs: 1 };
  const common = { id: `end-${runId}`, stream, type: 'RunCompleted', sv: 1, epoch: 0, actor: 'test', time: 1 };
  await storage.journal.append(stream, 1, 0, [{ ...common, workspace, data }]);
  await takeEnds(storage, runId);
};

/** Lets ends of runs be taken in until that of this part of a suite or of a dataset's run is. */
export const takeEnds = async ({ endedRuns, outcomes, pool }: Storage, runId: string): Promise<void> => {
  const base = { clock: systemClock, random: seededRandom('x'), onFault: () => undefined };
  const loop = new OutcomeLoop({ ...base, endedRuns, outcomes: outcomes(newRunId) });
  const sql = `select from testmesh.dataset_run_rows where run_id = $1 and verdict is not null
    union all select from testmesh.suite_run_members where run_id = $1 and verdict is not null`;
  while ((await pool.query(sql, [runId])).rowCount === 0) await loop.round();
};
