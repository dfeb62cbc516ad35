import { askedTestEnvironment, durationMs, Problem, placementParts } from '@testmesh/contracts';
import type { ValueMap } from '@testmesh/domain';
import type { Schedule, ScheduleContent, ScheduleRun } from '@testmesh/store-postgres';
import * as z from 'zod';
import { shownMs } from '../runs/wire.ts';
import { cronProblem, nextSlots } from './cron.ts';
import { datasetIn, datasetOf, overDataset, overDatasetBody } from './schedule-dataset.ts';
import { description, givenVariables, instant, isoOrNull, json, placementOf, tagList } from './wire.ts';

const cron = z.string().trim().min(1).max(200);
/** A path and a cron expression may stand in it: `flows/order.yaml 0 * * * *`. */
const scheduleName = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^\P{Cc}+$/u, 'a name is one line');
const status = z.enum(['active', 'paused', 'disabled']);
const overlap = z.enum(['allow', 'skip', 'queue', 'cancel-previous']);
const misfire = z.enum(['none', 'last', 'all']);

/** What POST and PUT take; older names mean the same as newer ones. */
export const scheduleRequest = z
  .strictObject({
    name: scheduleName,
    description,
    flow_id: z.guid().optional(),
    suite_id: z.guid().optional(),
    dataset: overDataset.nullable().optional().describe('the flow is run once per row of it, as it is then'),
    cron: cron.optional().describe('5 fields, 6 with seconds first, or a descriptor such as @daily'),
    cron_expr: cron.optional().describe('the same as `cron`'),
    timezone: z.string().min(1).max(100).default('UTC').describe('an IANA name: Europe/Berlin'),
    environment: z
      .union([z.string().min(1).max(200), z.record(z.string(), json)])
      .nullable()
      .default(null)
      .describe('name or id of an environment; an object is taken as variables'),
    variables: givenVariables,
    test_environment: askedTestEnvironment.nullable().optional(),
    ...placementParts,
    enabled: z.boolean().optional().describe('false is the same as the status `paused`'),
    status: status.optional(),
    notify_on_failure: z.boolean().default(false).describe('told when it begins to fail, not at every failure'),
    notify_on_recovery: z.boolean().default(true).describe('with `notify_on_failure`: told when it passes again'),
    notify_on_success: z.boolean().default(false).describe('told at every pass'),
    notify_emails: z.array(z.email()).max(50).default([]),
    max_retries: z.int().min(0).max(10).default(0),
    retry_delay: z
      .union([durationMs, z.int().min(0).max(86_400_000)])
      .default(60_000)
      .describe('`1m`, or milliseconds'),
    retry_on: z
      .array(z.enum(['failed', 'error', 'timed_out']))
      .max(3)
      .default(['failed', 'error', 'timed_out'])
      .describe('verdicts that are tried again'),
    allow_overlap: z.boolean().optional().describe('true is the same as the overlap `allow`'),
    overlap: overlap.optional().describe('what happens while the run before still goes on; `skip` unless said'),
    misfire: misfire.default('last').describe('what becomes of slots that passed while nobody watched'),
    tags: tagList,
  })
  .refine((body) => (body.cron === undefined) !== (body.cron_expr === undefined), {
    error: 'say when: exactly one of cron and cron_expr',
    path: ['cron'],
  })
  .refine((body) => (body.flow_id === undefined) !== (body.suite_id === undefined), {
    error: 'say what to run: exactly one of flow_id and suite_id',
    path: ['flow_id'],
  })
  .refine((body) => body.dataset == null || body.flow_id !== undefined, {
    error: 'a flow goes over a dataset: name it with flow_id',
    path: ['flow_id'],
  })
  .refine((body) => body.allow_overlap === undefined || body.overlap === undefined, {
    error: 'give one of allow_overlap and overlap',
    path: ['overlap'],
  })
  .refine((body) => body.enabled === undefined || body.status === undefined, {
    error: 'give one of enabled and status',
    path: ['enabled'],
  })
  .meta({ id: 'ScheduleRequest' });
export type ScheduleRequest = z.output<typeof scheduleRequest>;

export const scheduleBody = z
  .object({
    id: z.guid(),
    workspace_id: z.guid(),
    name: z.string(),
    description: z.string(),
    flow_id: z.guid().nullable(),
    suite_id: z.guid().nullable(),
    dataset: overDatasetBody.nullable(),
    cron: z.string(),
    cron_expr: z.string(),
    timezone: z.string(),
    environment: z.string().nullable(),
    variables: z.record(z.string(), json).describe('a secret as `{"$secret": NAME}`; sent so, it stays as it is'),
    test_environment: json.nullable().describe('what its runs say of their test environment'),
    ...placementOf,
    enabled: z.boolean(),
    status,
    notify_on_failure: z.boolean(),
    notify_on_recovery: z.boolean(),
    notify_on_success: z.boolean(),
    notify_emails: z.array(z.string()),
    max_retries: z.int(),
    retry_delay: z.int().describe('milliseconds'),
    retry_on: z.array(z.enum(['failed', 'error', 'timed_out'])),
    allow_overlap: z.boolean(),
    overlap,
    misfire,
    tags: z.array(z.string()),
    problem: z
      .string()
      .nullable()
      .describe(
        'why its `cron` or `timezone` would not be taken today; it keeps its slots, and is not resumed before that is changed',
      ),
    next_run_at: instant.nullable(),
    last_run_at: instant.nullable(),
    last_run_id: z.string().nullable(),
    last_run_result: z.enum(['success', 'failure']).nullable(),
    created_by: z.string(),
    version: z.int(),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: 'Schedule' });

/** What stands around a request: its environment by the name that the workspace knows, the time, and the schedule that it changes. */
export interface Surroundings {
  readonly environment: string | null;
  readonly now: number;
  readonly held?: Schedule | undefined;
}

/** The schedule as it is kept. */
export const contentOf = (request: ScheduleRequest, { environment, now, held }: Surroundings): ScheduleContent => {
  const expression = (request.cron ?? request.cron_expr) as string;
  const state = request.status ?? (request.enabled === false ? 'paused' : 'active');
  const asVariables = typeof request.environment === 'object' ? request.environment : null;
  return {
    name: request.name,
    description: request.description,
    flowId: request.flow_id ?? null,
    suiteId: request.suite_id ?? null,
    dataset: datasetIn(request),
    cron: expression,
    timezone: request.timezone,
    environment,
    variables: { ...(asVariables as ValueMap | null), ...(request.variables as ValueMap) },
    testEnvironment: request.test_environment ?? null,
    pool: request.pool,
    priority: request.priority,
    status: state,
    notifyOnFailure: request.notify_on_failure,
    notifyOnRecovery: request.notify_on_recovery,
    notifyOnSuccess: request.notify_on_success,
    notifyEmails: request.notify_emails,
    maxRetries: request.max_retries,
    retryDelayMs: request.retry_delay,
    retryOn: [...new Set(request.retry_on)],
    overlap: request.overlap ?? (request.allow_overlap ? 'allow' : 'skip'),
    misfire: request.misfire,
    tags: request.tags,
    nextRunAt: nextRunOf(request, { state, now, held }),
  };
};

/**
 * Its next slot. What older servers took and this one would not is refused where it is new or begins to matter again; who leaves it
 * as it is, or stops it, may change the rest.
 */
const nextRunOf = (
  request: ScheduleRequest,
  { state, now, held }: Pick<Surroundings, 'now' | 'held'> & { readonly state: Schedule['status'] },
): Date | null => {
  const slots = { expression: (request.cron ?? request.cron_expr) as string, timeZone: request.timezone };
  const problem = cronProblem(slots);
  const isHeld = held?.cron === slots.expression && held.timezone === slots.timeZone;
  if (problem !== undefined && !(isHeld && (state !== 'active' || held.status === 'active'))) {
    const pointer = request.cron === undefined ? '/cron_expr' : '/cron';
    throw new Problem('invalid-request', problem, { errors: [{ pointer, message: problem }] });
  }
  if (state !== 'active') return null;
  return problem === undefined ? (nextSlots(slots, now, 1)[0] ?? null) : (held?.nextRunAt ?? null);
};

/** Why a stored schedule would not be taken today. */
export const problemOf = ({ cron, timezone }: Pick<Schedule, 'cron' | 'timezone'>): string | null =>
  cronProblem({ expression: cron, timeZone: timezone }) ?? null;

export const scheduleOf = (schedule: Schedule, variables: Record<string, never>) => ({
  id: schedule.id,
  workspace_id: schedule.workspace,
  name: schedule.name,
  description: schedule.description,
  flow_id: schedule.flowId,
  suite_id: schedule.suiteId,
  dataset: datasetOf(schedule),
  cron: schedule.cron,
  cron_expr: schedule.cron,
  timezone: schedule.timezone,
  environment: schedule.environment,
  variables,
  test_environment: schedule.testEnvironment ?? null,
  pool: schedule.pool,
  priority: schedule.priority,
  enabled: schedule.status === 'active',
  status: schedule.status,
  notify_on_failure: schedule.notifyOnFailure,
  notify_on_recovery: schedule.notifyOnRecovery,
  notify_on_success: schedule.notifyOnSuccess,
  notify_emails: schedule.notifyEmails,
  max_retries: schedule.maxRetries,
  retry_delay: schedule.retryDelayMs,
  retry_on: [...schedule.retryOn],
  allow_overlap: schedule.overlap === 'allow',
  overlap: schedule.overlap,
  misfire: schedule.misfire,
  tags: schedule.tags,
  problem: problemOf(schedule),
  next_run_at: isoOrNull(schedule.nextRunAt),
  last_run_at: isoOrNull(schedule.lastRunAt),
  last_run_id: schedule.lastRunId,
  last_run_result: schedule.lastRunResult,
  created_by: schedule.createdBy,
  version: schedule.version,
  created_at: schedule.createdAt.toISOString(),
  updated_at: schedule.updatedAt.toISOString(),
});

export const scheduleRunBody = z
  .object({
    id: z.guid(),
    schedule_id: z.guid(),
    execution_id: z.string().nullable(),
    suite_run_id: z.guid().nullable().describe('in place of the execution, where a suite is run'),
    dataset_run_id: z.guid().nullable().describe('the same, where the flow goes over a dataset'),
    status: z.enum(['pending', 'running', 'completed', 'failed', 'skipped']),
    result: z.enum(['success', 'failure']).nullable(),
    error: z.string().nullable(),
    retry_count: z.int(),
    manual: z.boolean(),
    scheduled_at: instant.describe('of slots that were missed together: the last of them'),
    missed_since: instant.nullable().describe('the first of the slots that were missed together'),
    slots: z.int().nullable().describe('how many slots it stands for; null where they were not counted'),
    started_at: instant.nullable(),
    completed_at: instant.nullable(),
    duration_ms: z.number().nullable(),
  })
  .meta({ id: 'ScheduleRun' });

export const scheduleRunOf = (run: ScheduleRun) => ({
  id: run.id,
  schedule_id: run.scheduleId,
  execution_id: run.runId,
  suite_run_id: run.suiteRunId,
  dataset_run_id: run.datasetRunId,
  status: run.status,
  result: run.result,
  error: run.error,
  retry_count: run.retryCount,
  manual: run.manual,
  scheduled_at: run.scheduledAt.toISOString(),
  missed_since: isoOrNull(run.missedSince),
  slots: run.slots,
  started_at: isoOrNull(run.startedAt),
  completed_at: isoOrNull(run.completedAt),
  duration_ms: shownMs(run.durationMs),
});
