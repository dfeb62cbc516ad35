import type { Queryable } from './rows.ts';

/** A run of a suite whose parts have all ended. */
export interface EndedSuite {
  readonly id: string;
  readonly workspace: string;
  readonly suiteId: string;
  readonly environment: string | null;
  readonly triggerKind: string;
  readonly triggerId: string | null;
  readonly verdict: 'passed' | 'failed' | 'cancelled';
  readonly reason: string | null;
  readonly now: Date;
}

// A part that could not be asked for has failed; a suite is as bad as its worst part, and without parts it tested nothing.
const END_SUITE = `update testmesh.suite_runs r set ended_at = now(), verdict = sums.verdict
  from (
    select w.id, count(m.flow_id) as parts, case
        when count(m.flow_id) = 0 then 'failed'
        when count(*) filter (where m.verdict in ('failed', 'error', 'timed_out') or (m.verdict is null and m.error is not null)) > 0 then 'failed'
        when count(*) filter (where m.verdict = 'cancelled') > 0 then 'cancelled' else 'passed' end as verdict,
      string_agg(f.name, ', ' order by m.place) filter (where coalesce(m.verdict, 'error') <> 'passed') as bad
    from (select id from testmesh.suite_runs where id = $1 and ended_at is null) w
      left join testmesh.suite_run_members m on m.suite_run_id = w.id left join testmesh.flows f on f.id = m.flow_id
    group by w.id
  ) sums where r.id = sums.id
  returning r.id, r.workspace_id as workspace, r.suite_id as "suiteId", r.environment, r.trigger_kind as "triggerKind",
    r.trigger_id as "triggerId", r.verdict,
    case when sums.parts = 0 then 'the suite has no flows' else 'of its flows: ' || sums.bad end as reason, now() as now`;

export const endSuite = async (client: Queryable, id: string): Promise<EndedSuite | undefined> =>
  (await client.query<EndedSuite>(END_SUITE, [id])).rows[0];

// What is set aside waits for its own turn.
const DUE = `select id from testmesh.suite_runs s where ended_at is null
    and not exists (
      select from testmesh.suite_run_members m where m.suite_run_id = s.id and m.verdict is null and m.error is null)
    and not exists (select from testmesh.parked_streams where projector = $2 and stream = 'suite-run-' || s.id)
  order by created_at limit $1 for update skip locked`;

/** Runs of suites that are to end, the oldest first, but for those that `reader` has set aside. */
export const dueSuiteRuns = async (client: Queryable, reader: string, most: number): Promise<readonly string[]> =>
  (await client.query<{ id: string }>(DUE, [most, reader])).rows.map(({ id }) => id);
