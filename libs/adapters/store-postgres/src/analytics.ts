import type pg from 'pg';
import { only } from './rows.ts';
import { SHOWN_RUNS } from './run-views.ts';

/** Runs of some days. */
export interface Period {
  /** `2030-01-31`, in UTC; both belong to it. */
  readonly from: string;
  readonly to: string;
  readonly flowId?: string | undefined;
  readonly flowName?: string | undefined;
  readonly environment?: string | undefined;
}

export interface RunCounts {
  readonly runs: number;
  readonly passed: number;
  readonly failed: number;
  readonly errors: number;
  readonly cancelled: number;
  readonly timedOut: number;
  readonly durationUs: number;
  readonly stepsPassed: number;
  readonly stepsFailed: number;
}

export interface FlowCounts extends RunCounts {
  readonly flowId: string | null;
  readonly flowName: string;
}

export interface TrendPoint extends RunCounts {
  /** The first day of the day, week or month. */
  readonly start: string;
}

export interface Percentiles {
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

export interface FlowOutcomes {
  readonly flowId: string | null;
  readonly flowName: string;
  /** Of its latest finished runs, newest first. */
  readonly verdicts: readonly string[];
  readonly reasons: readonly (string | null)[];
}

export interface StepFigures {
  readonly flowName: string;
  readonly stepId: string;
  readonly action: string;
  readonly runs: number;
  readonly failed: number;
  readonly averageMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly maxMs: number;
  readonly commonError: string | null;
}

export const TREND_STEPS = ['day', 'week', 'month'] as const;
export type TrendStep = (typeof TREND_STEPS)[number];

/** Figures over the runs of a workspace, read from what the projector keeps. */
export interface AnalyticsStore {
  readonly counts: (workspace: string, period: Period) => Promise<RunCounts>;
  /** The flows that ran most, first. */
  readonly flows: (workspace: string, period: Period, limit: number) => Promise<readonly FlowCounts[]>;
  readonly trend: (workspace: string, period: Period, step: TrendStep) => Promise<readonly TrendPoint[]>;
  /** Of the newest runs, where there are very many; so are those of `steps`. */
  readonly percentiles: (workspace: string, period: Period) => Promise<Percentiles>;
  /** The latest `latest` outcomes of each flow that ran in the period. */
  readonly outcomes: (workspace: string, period: Period, latest: number) => Promise<readonly FlowOutcomes[]>;
  /** The slowest by their 95th percentile, first. */
  readonly steps: (
    workspace: string,
    period: Period,
    choice: { readonly action?: string | undefined; readonly limit: number },
  ) => Promise<readonly StepFigures[]>;
}

const SUMS = `coalesce(sum(runs), 0)::int as runs, coalesce(sum(passed), 0)::int as passed,
  coalesce(sum(failed), 0)::int as failed, coalesce(sum(errors), 0)::int as errors,
  coalesce(sum(cancelled), 0)::int as cancelled, coalesce(sum(timed_out), 0)::int as "timedOut",
  coalesce(sum(duration_us), 0)::float8 as "durationUs", coalesce(sum(steps_passed), 0)::float8 as "stepsPassed",
  coalesce(sum(steps_failed), 0)::float8 as "stepsFailed"`;

const DAYS = `from testmesh.flow_day where ${SHOWN_RUNS} and workspace = $1 and day between $2::date and $3::date
  and ($4::text is null or flow_id = $4) and ($5::text is null or flow_name = $5)
  and ($6::text is null or environment = $6)`;

const micros = (place: string): string => `(extract(epoch from ${place}) * 1000000)::bigint`;
const RUNS = `from testmesh.run_view v where v.${SHOWN_RUNS} and v.workspace = $1 and v.status = 'finished'
  and v.requested_at >= ${micros("($2::date)::timestamp at time zone 'UTC'")}
  and v.requested_at < ${micros("($3::date + 1)::timestamp at time zone 'UTC'")}
  and ($4::text is null or v.flow_id = $4) and ($5::text is null or v.flow_name = $5)
  and ($6::text is null or v.environment = $6)`;

/** What has to be sorted is bounded: the newest say enough. */
const MOST_SORTED = 50_000;
/** Of runs whose steps are looked at. */
const MOST_READ = 5000;
const LATEST = `${RUNS} order by v.requested_at desc limit ${MOST_SORTED}`;

const valuesOf = (workspace: string, { from, to, flowId, flowName, environment }: Period): readonly unknown[] => [
  workspace,
  from,
  to,
  flowId ?? null,
  flowName ?? null,
  environment ?? null,
];

export const postgresAnalytics = (pool: pg.Pool): AnalyticsStore => {
  const rows = async <Row extends pg.QueryResultRow>(
    sql: string,
    workspace: string,
    period: Period,
    ...more: readonly unknown[]
  ): Promise<readonly Row[]> => (await pool.query<Row>(sql, [...valuesOf(workspace, period), ...more])).rows;
  return {
    counts: async (workspace, period) => only(await rows<RunCounts>(`select ${SUMS} ${DAYS}`, workspace, period)),
    flows: (workspace, period, limit) =>
      rows(
        `select nullif(flow_id, '') as "flowId", flow_name as "flowName", ${SUMS} ${DAYS}
         group by flow_id, flow_name order by sum(runs) desc, flow_name, flow_id limit $7`,
        workspace,
        period,
        limit,
      ),
    trend: (workspace, period, step) =>
      rows(
        `select to_char(date_trunc($7::text, day::timestamp), 'YYYY-MM-DD') as start, ${SUMS} ${DAYS} group by 1 order by 1`,
        workspace,
        period,
        step,
      ),
    percentiles: async (workspace, period) =>
      only(
        await rows<Percentiles>(
          `select p[1] as p50, p[2] as p95, p[3] as p99
           from (select percentile_cont(array[0.5, 0.95, 0.99]) within group (order by duration_ms) as p
             from (select v.duration_ms ${LATEST}) latest) figures`,
          workspace,
          period,
        ),
      ),
    outcomes: (workspace, period, latest) => rows(OUTCOMES, workspace, period, latest),
    steps: (workspace, period, { action, limit }) => rows(STEPS, workspace, period, action ?? null, limit),
  };
};

const OUTCOMES = `select nullif(f.flow_id, '') as "flowId", f.flow_name as "flowName",
    coalesce(l.verdicts, '{}') as verdicts, coalesce(l.reasons, '{}') as reasons
  from (select distinct flow_id, flow_name ${DAYS}) f
  cross join lateral (
    select array_agg(verdict order by run_id desc) as verdicts, array_agg(reason order by run_id desc) as reasons
    from (select run_id, verdict, reason from testmesh.run_view
      where ${SHOWN_RUNS} and workspace = $1 and flow_name = f.flow_name and coalesce(flow_id, '') = f.flow_id
        and status = 'finished' order by run_id desc limit $7) latest) l
  order by f.flow_name, f.flow_id`;

// What did not run took no time.
const STEPS = `select v.flow_name as "flowName", s.step_id as "stepId", s.action, count(*)::int as runs,
    count(*) filter (where s.state <> 'passed')::int as failed, avg(s.duration_ms) as "averageMs",
    percentile_cont(0.5) within group (order by s.duration_ms) as "p50Ms",
    percentile_cont(0.95) within group (order by s.duration_ms) as "p95Ms", max(s.duration_ms) as "maxMs",
    mode() within group (order by s.error_message) as "commonError"
  from (select v.flow_name, v.outline ${RUNS} order by v.requested_at desc limit ${MOST_READ}) v
    cross join lateral json_to_recordset(v.outline::json)
      as s(step_id text, action text, state text, duration_ms double precision, error_message text)
  where s.state in ('passed', 'failed', 'error') and ($7::text is null or s.action = $7)
  group by 1, 2, 3 order by 8 desc, 1, 2 limit $8`;
