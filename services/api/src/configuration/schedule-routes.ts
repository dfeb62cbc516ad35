import { checkMapping } from '@testmesh/commands';
import { Problem } from '@testmesh/contracts';
import type { Schedule } from '@testmesh/store-postgres';
import * as z from 'zod';
import { etagOf, requiredVersion } from '../http/conditional.ts';
import { type Caller, type Route, type RouteAnswer, workspaceRoute } from '../http/route.ts';
import { IDEMPOTENCY_KEY } from '../runs/run-routes.ts';
import type { ConfigurationDeps } from './deps.ts';
import { keptVariables, shownOf } from './given-variables.ts';
import { madeOnce } from './once.ts';
import { accepted, found } from './refusals.ts';
import {
  contentOf,
  problemOf,
  type ScheduleRequest,
  scheduleBody,
  scheduleOf,
  scheduleRequest,
} from './schedule-body.ts';
import { datasetOf } from './schedule-dataset.ts';
import { IF_MATCH, idParams, limit, offset, pageOf, search } from './wire.ts';

const tags = ['Schedules'];
const EXAMPLE = {
  name: 'Staging E2E — Hourly',
  flow_id: '0190a000-0000-7000-8000-000000000001',
  environment: 'staging',
  cron: '0 * * * *',
  enabled: true,
  notify_on_failure: true,
};

const shown = async (deps: ConfigurationDeps, schedule: Schedule) =>
  scheduleOf(schedule, await shownOf(deps, schedule.workspace, schedule));

const scheduleAnswer = async (
  deps: ConfigurationDeps,
  status: 200 | 201,
  schedule: Schedule,
): Promise<RouteAnswer> => ({
  status,
  headers: { etag: etagOf(schedule.version), ...(status === 201 && { location: `/api/v1/schedules/${schedule.id}` }) },
  body: await shown(deps, schedule),
});

/** The schedule that a request describes; an environment may be given by its id. */
const requested = async (deps: ConfigurationDeps, { workspace }: Caller, body: ScheduleRequest, held?: Schedule) => {
  const wanted = typeof body.environment === 'string' ? body.environment : null;
  const environment = wanted === null ? null : ((await deps.environments.get(workspace, wanted))?.name ?? wanted);
  const content = contentOf(body, { environment, now: deps.clock.now(), held });
  const dataset = content.dataset == null ? undefined : await deps.datasets.get(workspace, content.dataset.id);
  if (dataset !== undefined) checkMapping(dataset, content.dataset?.mapping ?? {});
  return { ...content, ...(await keptVariables(deps, workspace, content, held)) };
};

const create = (deps: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'POST',
    path: '/schedules',
    operationId: 'createSchedule',
    summary: 'Run a flow, a flow over a dataset, or a suite by the clock',
    tags,
    permission: 'schedules:create',
    headers: [IDEMPOTENCY_KEY],
    body: scheduleRequest,
    example: EXAMPLE,
    responses: { 201: scheduleBody },
    handle: async (request) => {
      const content = await requested(deps, request.caller, request.body);
      const schedule = await madeOnce(deps, request, {
        operation: 'createSchedule',
        make: (id) => deps.schedules.create(request.caller, content, id),
        find: (id) => deps.schedules.get(request.caller.workspace, id),
        pointerOf: () => '/flow_id',
      });
      return scheduleAnswer(deps, 201, schedule);
    },
  });

const listQuery = z.strictObject({
  status: z.enum(['active', 'paused', 'disabled']).optional(),
  flow_id: z.guid().optional(),
  search,
  limit: limit(20),
  offset,
  page: z.coerce.number().int().min(1).max(100_000).optional().describe('1, 2, …; in place of `offset`'),
  page_size: z.coerce.number().int().min(1).max(200).optional().describe('in place of `limit`'),
});

const list = (deps: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/schedules',
    operationId: 'listSchedules',
    summary: 'List schedules by name',
    tags,
    permission: 'schedules:view',
    query: listQuery,
    responses: { 200: z.object({ schedules: z.array(scheduleBody), ...pageOf }) },
    handle: async ({ query, caller: { workspace } }) => {
      const size = query.page_size ?? query.limit;
      const page = { limit: size, offset: query.page === undefined ? query.offset : (query.page - 1) * size };
      const { items, total } = await deps.schedules.list(workspace, {
        ...page,
        ...(query.status !== undefined && { status: query.status }),
        ...(query.flow_id !== undefined && { flowId: query.flow_id }),
        ...(query.search !== undefined && { search: query.search }),
      });
      return {
        status: 200,
        body: { schedules: await Promise.all(items.map((item) => shown(deps, item))), total, ...page },
      };
    },
  });

const get = (deps: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/schedules/:id',
    operationId: 'getSchedule',
    summary: 'A schedule',
    tags,
    permission: 'schedules:view',
    params: idParams,
    responses: { 200: scheduleBody },
    handle: async ({ params: { id }, caller }) =>
      scheduleAnswer(deps, 200, found(await deps.schedules.get(caller.workspace, id), `schedule ${id}`)),
  });

const update = (deps: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'PUT',
    path: '/schedules/:id',
    operationId: 'updateSchedule',
    summary: 'Change a schedule',
    tags,
    permission: 'schedules:edit',
    headers: [IF_MATCH],
    params: idParams,
    body: scheduleRequest,
    example: EXAMPLE,
    responses: { 200: scheduleBody },
    handle: async ({ params: { id }, body, caller, headers }) => {
      const held = await deps.schedules.get(caller.workspace, id);
      const content = await requested(deps, caller, body, held);
      const edit = { id, seen: requiredVersion(headers) };
      return scheduleAnswer(
        deps,
        200,
        accepted(await deps.schedules.update(caller, edit, content), () => '/flow_id'),
      );
    },
  });

const remove = ({ schedules }: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'DELETE',
    path: '/schedules/:id',
    operationId: 'deleteSchedule',
    summary: 'Delete a schedule',
    tags,
    permission: 'schedules:delete',
    headers: [IF_MATCH],
    params: idParams,
    responses: { 204: 'nothing' },
    handle: async ({ params: { id }, caller, headers }) => {
      accepted(await schedules.remove(caller, { id, seen: requiredVersion(headers) }));
      return { status: 204 };
    },
  });

const switched = (deps: ConfigurationDeps, verb: 'pause' | 'resume'): Route =>
  workspaceRoute({
    method: 'POST',
    path: `/schedules/:id/${verb}`,
    operationId: `${verb}Schedule`,
    summary: verb === 'pause' ? 'Let its slots pass' : 'Go on from the next slot',
    tags,
    permission: 'schedules:edit',
    params: idParams,
    responses: { 200: scheduleBody },
    handle: async ({ params: { id }, caller }) => {
      const schedule = found(await deps.schedules.get(caller.workspace, id), `schedule ${id}`);
      const status = verb === 'pause' ? 'paused' : 'active';
      if (status === 'active') refuseUnreadable(schedule);
      const surroundings = { environment: schedule.environment, now: deps.clock.now(), held: schedule };
      const content = contentOf({ ...requestOf(schedule), status }, surroundings);
      const edit = { id, seen: schedule.version };
      const change = { ...content, secretNames: schedule.secretNames };
      return scheduleAnswer(deps, 200, accepted(await deps.schedules.update(caller, edit, change)));
    },
  });

/** What goes on already stays as it is. */
const refuseUnreadable = (schedule: Schedule): void => {
  const problem = problemOf(schedule);
  if (problem === null || schedule.status === 'active') return;
  throw new Problem('cannot-be-done', `the schedule cannot go on before its cron or time zone is changed: ${problem}`, {
    errors: [{ pointer: '/path/id', message: problem }],
  });
};

/** The schedule as somebody would send it. */
const requestOf = (schedule: Schedule): ScheduleRequest => ({
  name: schedule.name,
  description: schedule.description,
  ...(schedule.flowId !== null && { flow_id: schedule.flowId }),
  ...(schedule.suiteId !== null && { suite_id: schedule.suiteId }),
  dataset: datasetOf(schedule),
  cron: schedule.cron,
  timezone: schedule.timezone,
  environment: schedule.environment,
  variables: schedule.variables as ScheduleRequest['variables'],
  ...(schedule.testEnvironment && { test_environment: schedule.testEnvironment }),
  pool: schedule.pool,
  priority: schedule.priority,
  notify_on_failure: schedule.notifyOnFailure,
  notify_on_recovery: schedule.notifyOnRecovery,
  notify_on_success: schedule.notifyOnSuccess,
  notify_emails: [...schedule.notifyEmails],
  max_retries: schedule.maxRetries,
  retry_delay: schedule.retryDelayMs,
  retry_on: schedule.retryOn as ScheduleRequest['retry_on'],
  overlap: schedule.overlap,
  misfire: schedule.misfire,
  tags: [...schedule.tags],
});

export const scheduleRoutes = (deps: ConfigurationDeps): readonly Route[] => [
  create(deps),
  list(deps),
  get(deps),
  update(deps),
  remove(deps),
  switched(deps, 'pause'),
  switched(deps, 'resume'),
];
