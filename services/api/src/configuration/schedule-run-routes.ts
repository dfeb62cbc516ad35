import { randomUUID } from 'node:crypto';
import { startSuite } from '@testmesh/commands';
import * as z from 'zod';
import { type Route, workspaceRoute } from '../http/route.ts';
import { IDEMPOTENCY_KEY, idempotencyKey } from '../runs/run-routes.ts';
import { cronProblem, nextSlots, PRESETS, TIMEZONES } from './cron.ts';
import type { ConfigurationDeps } from './deps.ts';
import { found } from './refusals.ts';
import { scheduleRunBody, scheduleRunOf } from './schedule-body.ts';
import { idParams, instant, limit, offset, pageOf } from './wire.ts';

const tags = ['Schedules'];

const presets = (): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/schedules/presets',
    operationId: 'listSchedulePresets',
    summary: 'Expressions people often want',
    tags,
    permission: 'schedules:view',
    responses: {
      200: z.object({ presets: z.array(z.object({ name: z.string(), label: z.string(), cron: z.string() })) }),
    },
    handle: async () => ({ status: 200, body: { presets: PRESETS } }),
  });

const timezones = (): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/schedules/timezones',
    operationId: 'listTimezones',
    summary: 'Time zones a schedule may be in',
    tags,
    permission: 'schedules:view',
    responses: { 200: z.object({ timezones: z.array(z.string()) }) },
    handle: async () => ({ status: 200, body: { timezones: TIMEZONES } }),
  });

const validation = z
  .strictObject({
    cron: z.string().max(200).optional(),
    cron_expr: z.string().max(200).optional(),
    timezone: z.string().max(100).default('UTC'),
    count: z.int().min(1).max(10).default(5),
  })
  .refine((body) => (body.cron === undefined) !== (body.cron_expr === undefined), {
    error: 'give the expression as exactly one of cron and cron_expr',
    path: ['cron'],
  });

const validateCron = ({ clock }: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'POST',
    path: '/schedules/validate-cron',
    operationId: 'validateCron',
    summary: 'Say whether an expression can be used, and when it would come next',
    tags,
    permission: 'schedules:view',
    body: validation,
    example: { cron: '*/15 * * * *', timezone: 'UTC' },
    responses: {
      200: z.object({ valid: z.boolean(), error: z.string().nullable(), next_runs: z.array(instant) }),
    },
    handle: async ({ body: { cron, cron_expr: older, timezone, count } }) => {
      const expression = cron ?? older ?? '';
      const schedule = { expression: expression.trim(), timeZone: timezone };
      const error = cronProblem(schedule) ?? null;
      const slots = error === null ? nextSlots(schedule, clock.now(), count) : [];
      return {
        status: 200,
        body: { valid: error === null, error, next_runs: slots.map((slot) => slot.toISOString()) },
      };
    },
  });

const trigger = (deps: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'POST',
    path: '/schedules/:id/trigger',
    operationId: 'triggerSchedule',
    summary: 'Run it now',
    description: 'Beside its slots, which stay as they are.',
    tags,
    permission: 'flows:run',
    headers: [IDEMPOTENCY_KEY],
    params: idParams,
    responses: {
      202: z.object({ execution_id: z.string().nullable(), suite_run_id: z.string().nullable() }),
    },
    handle: async ({ params: { id }, caller, headers }) => {
      const schedule = found(await deps.schedules.get(caller.workspace, id), `schedule ${id}`);
      const { flowId, suiteId, environment, variables } = schedule;
      const cause = { kind: 'schedule', id } as const;
      if (suiteId !== null) {
        const asked = { id: randomUUID(), suiteId, environment, variables, trigger: cause };
        const { id: run } = await startSuite(deps, caller, asked);
        return { status: 202, body: { execution_id: null, suite_run_id: run } };
      }
      const origin = { caller, trigger: cause, idempotencyKey: idempotencyKey(headers) };
      const { runId } = await deps.run({ flowId: flowId as string, environment, variables }, origin);
      const scheduledAt = new Date(deps.clock.now());
      await deps.scheduleRuns.add(caller.workspace, {
        scheduleId: id,
        runId,
        error: null,
        manual: true,
        retryCount: 0,
        scheduledAt,
      });
      const location = `/api/v1/executions/${runId}`;
      return { status: 202, headers: { location }, body: { execution_id: runId, suite_run_id: null } };
    },
  });

const runs = (deps: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/schedules/:id/runs',
    operationId: 'listScheduleRuns',
    summary: 'When it fired, newest first',
    tags,
    permission: 'schedules:view',
    params: idParams,
    query: z.strictObject({ limit: limit(50), offset }),
    responses: { 200: z.object({ runs: z.array(scheduleRunBody), ...pageOf }) },
    handle: async ({ params: { id }, query, caller: { workspace } }) => {
      found(await deps.schedules.get(workspace, id), `schedule ${id}`);
      const { items, total } = await deps.scheduleRuns.list(workspace, id, query);
      return { status: 200, body: { runs: items.map(scheduleRunOf), total, ...query } };
    },
  });

const DAY_MS = 86_400_000;

const stats = (deps: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/schedules/:id/stats',
    operationId: 'getScheduleStats',
    summary: 'How its runs went',
    tags,
    permission: 'schedules:view',
    params: idParams,
    query: z.strictObject({ days: z.coerce.number().int().min(1).max(365).default(30) }),
    responses: {
      200: z.object({
        days: z.int(),
        total_runs: z.int(),
        successful_runs: z.int(),
        failed_runs: z.int(),
        skipped_runs: z.int(),
        success_rate: z.number().nullable().describe('percent of the finished ones; null before the first one'),
        average_duration_ms: z.number().nullable(),
      }),
    },
    handle: async ({ params: { id }, query: { days }, caller: { workspace } }) => {
      found(await deps.schedules.get(workspace, id), `schedule ${id}`);
      const since = new Date(deps.clock.now() - days * DAY_MS);
      const { total, succeeded, failed, skipped, averageDurationMs } = await deps.scheduleRuns.stats(
        workspace,
        id,
        since,
      );
      const finished = succeeded + failed;
      return {
        status: 200,
        body: {
          days,
          total_runs: total,
          successful_runs: succeeded,
          failed_runs: failed,
          skipped_runs: skipped,
          success_rate: finished === 0 ? null : (100 * succeeded) / finished,
          average_duration_ms: averageDurationMs,
        },
      };
    },
  });

/** What stands beside a schedule itself: help with writing one, and how it went. */
export const scheduleRunRoutes = (deps: ConfigurationDeps): readonly Route[] => [
  presets(),
  timezones(),
  validateCron(deps),
  trigger(deps),
  runs(deps),
  stats(deps),
];
