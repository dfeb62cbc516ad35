import { createHash } from 'node:crypto';
import { Problem } from '@testmesh/contracts';
import { type ScheduleCommand, scheduleDecider } from '@testmesh/domain';
import { newRunId } from '@testmesh/runtime';
import { endOfFiring, type HeldSchedule, type Schedule } from '@testmesh/store-postgres';
import * as z from 'zod';
import { type Route, workspaceRoute } from '../http/route.ts';
import { IDEMPOTENCY_KEY, idempotencyKey } from '../runs/run-routes.ts';
import { partsWaitFor, waitingForPart } from '../runs/waiting-for.ts';
import { shownMs } from '../runs/wire.ts';
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
      202: z.object({
        execution_id: z.string().nullable(),
        suite_run_id: z.string().nullable(),
        dataset_run_id: z.string().nullable(),
        waiting_for: waitingForPart,
      }),
    },
    handle: async ({ params: { id }, caller, headers }) => {
      const schedule = found(await deps.schedules.get(caller.workspace, id), `schedule ${id}`);
      const firing = await firingId(deps, { schedule, key: idempotencyKey(headers) });
      await fireByHand(deps, schedule, firing);
      const waiting_for = await partsWaitFor(deps, schedule, true);
      const { location, ...ids } = placeOf(schedule, firing);
      return { status: 202, headers: { location }, body: { ...ids, waiting_for } };
    },
  });

/** What a firing is the id of, and where it is found. */
const placeOf = ({ suiteId, dataset }: Schedule, firing: string) => {
  const none = { execution_id: null, suite_run_id: null, dataset_run_id: null };
  if (suiteId !== null) return { ...none, suite_run_id: firing, location: `/api/v1/suites/${suiteId}/runs/${firing}` };
  if (dataset == null) return { ...none, execution_id: firing, location: `/api/v1/executions/${firing}` };
  return { ...none, dataset_run_id: firing, location: `/api/v1/datasets/${dataset.id}/runs/${firing}` };
};

/** The id of the firing, and of its run; the same for the same Idempotency-Key. */
const firingId = async (
  { idempotency, clock }: ConfigurationDeps,
  { schedule: { id, workspace }, key }: { readonly schedule: Schedule; readonly key: string | undefined },
): Promise<string> => {
  const runId = newRunId();
  if (key === undefined) return runId;
  const fingerprint = createHash('sha256').update(`triggerSchedule/${id}`).digest('hex');
  const kept = await idempotency.claim({ workspace, key, fingerprint, runId, atMs: clock.now() });
  if (kept.fingerprint === fingerprint) return kept.runId;
  throw new Problem('key-reused', `the Idempotency-Key ${key} came with another request before; use a new one`);
};

/** Noted before it is asked for: if this process ends in between, a scheduler asks. */
const fireByHand = async (deps: ConfigurationDeps, schedule: Schedule, firing: string): Promise<void> => {
  const note = (command: (held: HeldSchedule) => ScheduleCommand) =>
    deps.firings.changeNow(schedule.id, (held) => {
      const decision = scheduleDecider.decide(command(held), held.state);
      return { events: decision.ok ? decision.events : [] };
    });
  await note(({ now }) => ({ type: 'FireByHand', firing, now: now.getTime() }));
  try {
    await deps.fire(schedule, firing);
  } catch (cause) {
    if (!(cause instanceof Problem)) throw cause;
    await note((held) => endOfFiring(held, firing, { verdict: 'error', reason: cause.message, next: newRunId() }));
    throw cause;
  }
  await note(() => ({ type: 'ConfirmAsked', firing }));
};

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

const nextRuns = (deps: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/schedules/:id/next-runs',
    operationId: 'previewScheduleRuns',
    summary: 'When it comes next',
    description: 'Of a schedule that is paused: when it would come.',
    tags,
    permission: 'schedules:view',
    params: idParams,
    query: z.strictObject({ count: z.coerce.number().int().min(1).max(100).default(5) }),
    responses: { 200: z.object({ timezone: z.string(), next_runs: z.array(instant) }) },
    handle: async ({ params: { id }, query: { count }, caller: { workspace } }) => {
      const { cron, timezone } = found(await deps.schedules.get(workspace, id), `schedule ${id}`);
      const slots = nextSlots({ expression: cron, timeZone: timezone }, deps.clock.now(), count);
      return { status: 200, body: { timezone, next_runs: slots.map((slot) => slot.toISOString()) } };
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
          average_duration_ms: shownMs(averageDurationMs),
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
  nextRuns(deps),
  stats(deps),
];
