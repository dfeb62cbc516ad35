import { Problem } from '@testmesh/contracts';
import type { Clock } from '@testmesh/ports';
import { type AnalyticsStore, type Period, TREND_STEPS } from '@testmesh/store-postgres';
import { flakeOf } from '@testmesh/views';
import * as z from 'zod';
import { type Route, workspaceRoute } from '../http/route.ts';
import { shownMs } from '../runs/wire.ts';
import { commonest, countsBody, countsOf, flakeBody, flowCountsBody, stepBody, stepOf } from './analytics-body.ts';

// Figures over many runs. They are read from what the projector keeps, so they lag behind the journal by as much as it does.

export interface AnalyticsDeps {
  readonly analytics: AnalyticsStore;
  readonly clock: Clock;
}

const tags = ['Analytics'];
const permission = 'runs:view' as const;

const day = z.iso.date({ error: 'a day looks like 2030-01-31' });
const periodQuery = z.strictObject({
  start_date: day.optional().describe('the first day, in UTC; 29 days before the last one where it is not said'),
  end_date: day.optional().describe('the last day; today where it is not said'),
  environment: z.string().max(200).optional(),
  flow_id: z.guid().optional(),
  flow: z.string().max(200).optional().describe('by its name, for flows that are not kept too'),
});
type PeriodQuery = z.output<typeof periodQuery>;

const DAY_MS = 86_400_000;
const USUAL_DAYS = 30;
const MOST_DAYS = 366;

const isoDay = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** Refuses a period that has no days, or more than a year of them. */
const periodOf = ({ clock }: AnalyticsDeps, query: PeriodQuery): Period => {
  const to = query.end_date ?? isoDay(clock.now());
  const from = query.start_date ?? isoDay(Date.parse(to) - (USUAL_DAYS - 1) * DAY_MS);
  const days = (Date.parse(to) - Date.parse(from)) / DAY_MS + 1;
  if (days < 1 || days > MOST_DAYS) {
    throw new Problem('invalid-request', `from ${from} to ${to} are ${days} days; ask for 1 to ${MOST_DAYS}`, {
      errors: [{ pointer: '?start_date', message: 'has to lie before end_date, by a year at most' }],
    });
  }
  return { from, to, flowId: query.flow_id, flowName: query.flow, environment: query.environment };
};

const shownPeriod = { start_date: day, end_date: day };
const datesOf = ({ from, to }: Period) => ({ start_date: from, end_date: to });

const MOST_FLOWS = 100;

const metrics = (deps: AnalyticsDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/analytics/metrics',
    operationId: 'getRunMetrics',
    summary: 'How the runs of some days went',
    description:
      'Runs count to the day they were asked for. Cancelled runs are in no rate. Percentiles are those of the newest 50,000.',
    tags,
    permission,
    query: periodQuery,
    responses: {
      200: z
        .object({
          ...shownPeriod,
          ...countsBody.shape,
          p50_ms: z.number().nullable(),
          p95_ms: z.number().nullable(),
          p99_ms: z.number().nullable(),
          flows: z.array(flowCountsBody).describe(`the ${MOST_FLOWS} that ran most`),
        })
        .meta({ id: 'RunMetrics' }),
    },
    handle: async ({ query, caller: { workspace } }) => {
      const period = periodOf(deps, query);
      const { analytics } = deps;
      const counts = await analytics.counts(workspace, period);
      const { p50, p95, p99 } = await analytics.percentiles(workspace, period);
      const flows = await analytics.flows(workspace, period, MOST_FLOWS);
      const shown = flows.map((flow) => ({ flow_id: flow.flowId, flow_name: flow.flowName, ...countsOf(flow) }));
      const durations = { p50_ms: shownMs(p50), p95_ms: shownMs(p95), p99_ms: shownMs(p99) };
      return { status: 200, body: { ...datesOf(period), ...countsOf(counts), ...durations, flows: shown } };
    },
  });

const trends = (deps: AnalyticsDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/analytics/trends',
    operationId: 'getRunTrend',
    summary: 'The same, day by day',
    description: 'A day, week or month in which nothing ran is left out.',
    tags,
    permission,
    query: periodQuery.extend({ group_by: z.enum(TREND_STEPS).default('day') }),
    responses: {
      200: z
        .object({
          ...shownPeriod,
          group_by: z.enum(TREND_STEPS),
          points: z.array(countsBody.extend({ start: day.describe('the first day of it') }).meta({ id: 'TrendPoint' })),
        })
        .meta({ id: 'RunTrend' }),
    },
    handle: async ({ query: { group_by: step, ...query }, caller: { workspace } }) => {
      const period = periodOf(deps, query);
      const points = await deps.analytics.trend(workspace, period, step);
      const shown = points.map((point) => ({ start: point.start, ...countsOf(point) }));
      return { status: 200, body: { ...datesOf(period), group_by: step, points: shown } };
    },
  });

/** The latest runs by which a flow is judged. */
const JUDGED_RUNS = 50;

const flakiness = (deps: AnalyticsDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/analytics/flakiness',
    operationId: 'listFlakyFlows',
    summary: 'Flows by how often they change their mind, the flakiest first',
    description: `A flow that ran in the period is judged by its latest ${JUDGED_RUNS} runs. The score is the share of runs that ended otherwise than the one before, times 1 - 2·|pass rate - 0.5|.`,
    tags,
    permission,
    query: periodQuery.extend({
      limit: z.coerce.number().int().min(1).max(200).default(50),
      offset: z.coerce.number().int().min(0).max(100_000).default(0),
    }),
    responses: {
      200: z
        .object({ ...shownPeriod, flows: z.array(flakeBody), total: z.int(), limit: z.int(), offset: z.int() })
        .meta({ id: 'FlakyFlows' }),
    },
    handle: async ({ query: { limit, offset, ...query }, caller: { workspace } }) => {
      const period = periodOf(deps, query);
      const outcomes = await deps.analytics.outcomes(workspace, period, JUDGED_RUNS);
      const judged = outcomes.map(({ flowId, flowName, verdicts, reasons }) => {
        const { runs, passRate, transitions, score, isFlaky } = flakeOf(verdicts);
        const rate = { runs, pass_rate: passRate === null ? null : 100 * passRate };
        const why = reasons.filter((_, at) => verdicts[at] !== 'passed' && verdicts[at] !== 'cancelled');
        const patterns = commonest(why.filter((reason) => reason !== null));
        return {
          flow_id: flowId,
          flow_name: flowName,
          ...rate,
          transitions,
          score,
          is_flaky: isFlaky,
          failure_patterns: patterns,
        };
      });
      // Where the score is the same the names decide, as they came.
      const flows = judged.toSorted((a, b) => b.score - a.score);
      const page = { flows: flows.slice(offset, offset + limit), total: flows.length, limit, offset };
      return { status: 200, body: { ...datesOf(period), ...page } };
    },
  });

const steps = (deps: AnalyticsDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/analytics/steps',
    operationId: 'listSlowestSteps',
    summary: 'Steps by how long they take, the slowest first',
    description: 'By the 95th percentile, over the newest 50,000 runs. The rounds of a loop are one step.',
    tags,
    permission,
    query: periodQuery.extend({
      action: z.string().max(100).optional(),
      limit: z.coerce.number().int().min(1).max(200).default(20),
    }),
    responses: { 200: z.object({ ...shownPeriod, steps: z.array(stepBody) }).meta({ id: 'SlowestSteps' }) },
    handle: async ({ query: { action, limit, ...query }, caller: { workspace } }) => {
      const period = periodOf(deps, query);
      const figures = await deps.analytics.steps(workspace, period, { action, limit });
      return { status: 200, body: { ...datesOf(period), steps: figures.map(stepOf) } };
    },
  });

export const analyticsRoutes = (deps: AnalyticsDeps): readonly Route[] =>
  [metrics, trends, flakiness, steps].map((route) => route(deps));
