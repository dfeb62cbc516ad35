import type { Outcome } from './health.ts';
import type { Queryable } from './rows.ts';

/** A firing whose run over a dataset has ended. */
export interface EndedOverDataset extends Omit<Outcome, 'subject'> {
  readonly scheduleId: string;
  readonly firing: string;
}

interface Row {
  readonly id: string;
  readonly workspace: string;
  readonly scheduleId: string;
  readonly environment: string | null;
  readonly verdict: EndedOverDataset['verdict'];
  readonly bad: readonly number[] | null;
  readonly endedAt: Date;
}

const SHOWN_ROWS = 10;

// A row that could not be asked for has failed; a run is as bad as its worst row.
const ENDED = `update testmesh.dataset_runs r set told = true
  from (
    select w.id, case
        when count(*) filter (where m.verdict in ('failed', 'error', 'timed_out') or (m.verdict is null and m.error is not null)) > 0
          then 'failed'
        when count(*) filter (where m.verdict = 'cancelled') > 0 then 'cancelled' else 'passed' end as verdict,
      array_agg(m.row_number order by m.row_number) filter (where coalesce(m.verdict, 'error') <> 'passed') as bad
    from (select id from testmesh.dataset_runs where id = $1 and not told) w
      join testmesh.dataset_run_rows m on m.dataset_run_id = w.id
    group by w.id
  ) sums where r.id = sums.id
  returning r.id, r.workspace_id as workspace, r.schedule_id as "scheduleId", r.environment, sums.verdict, sums.bad,
    r.ended_at as "endedAt"`;

// What is set aside waits for its own turn.
const UNTOLD = `select id from testmesh.dataset_runs r where not told and ended_at is not null
  and not exists (select from testmesh.parked_streams where projector = $2 and stream = 'dataset-run-' || r.id)
  order by ended_at limit $1 for update skip locked`;

/** Runs over datasets that have ended and whose schedule was not told, but for those that `reader` has set aside. */
export const untoldOverDatasets = async (client: Queryable, reader: string, most: number): Promise<readonly string[]> =>
  (await client.query<{ id: string }>(UNTOLD, [most, reader])).rows.map(({ id }) => id);

/** How one of them ended; from now on its schedule was told. */
export const endedOverDataset = async (client: Queryable, run: string): Promise<EndedOverDataset | undefined> => {
  const [row] = (await client.query<Row>(ENDED, [run])).rows;
  if (row === undefined) return undefined;
  const { id, workspace, scheduleId, environment, verdict, bad, endedAt } = row;
  return {
    scheduleId,
    firing: id,
    runId: id,
    workspace,
    verdict,
    reason: reasonOf(bad ?? []),
    environment: environment ?? '',
    endedAt: endedAt.getTime(),
  };
};

const reasonOf = (bad: readonly number[]): string | null => {
  if (bad.length === 0) return null;
  const more = bad.length > SHOWN_ROWS ? ` and ${bad.length - SHOWN_ROWS} more` : '';
  return `of its rows: ${bad.slice(0, SHOWN_ROWS).join(', ')}${more}`;
};
