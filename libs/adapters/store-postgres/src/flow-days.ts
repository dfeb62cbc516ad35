import type { Statement } from './rows.ts';

// D1. A run is counted once, in the transaction that first shows it finished: what was counted before stands in its row.
// D2. Its day is that of its request, in UTC, by the journal's clock: a rebuild counts it to the same day.

const COUNTS = [
  'runs',
  'passed',
  'failed',
  'errors',
  'cancelled',
  'timed_out',
  'duration_us',
  'steps_passed',
  'steps_failed',
];

const verdicts = (verdict: string): string => `count(*) filter (where r.verdict = '${verdict}')`;

/** Its parameters are the projector and rows of runs; it has to run before they are written. */
const COUNT = `insert into testmesh.flow_day
    (projector, workspace, day, flow_name, flow_id, environment, ${COUNTS.join(', ')})
  select $1, r.workspace, (to_timestamp(r.requested_at / 1000000) at time zone 'UTC')::date, r.flow_name,
    coalesce(r.flow_id, ''), coalesce(r.environment, ''), count(*), ${verdicts('passed')}, ${verdicts('failed')},
    ${verdicts('error')}, ${verdicts('cancelled')}, ${verdicts('timed_out')},
    sum(round(coalesce(r.duration_ms, 0) * 1000)::bigint), sum(coalesce(r.steps_passed, 0)),
    sum(coalesce(r.steps_failed, 0))
  from json_to_recordset($2) as r(stream text, workspace text, requested_at bigint, flow_name text, flow_id text,
      environment text, status text, verdict text, duration_ms double precision, steps_passed int, steps_failed int)
    left join testmesh.run_view shown on shown.projector = $1 and shown.stream = r.stream
  where r.status = 'finished' and shown.status is distinct from 'finished'
  group by 2, 3, 4, 5, 6
  on conflict (projector, workspace, day, flow_name, flow_id, environment)
  do update set ${COUNTS.map((name) => `${name} = flow_day.${name} + excluded.${name}`).join(', ')}`;

/** Counts the runs that these rows finish. */
export const countDays = (projector: string, rows: string): Statement => ({ sql: COUNT, values: [projector, rows] });
