import { moveOn, outcomesOf, startSuite } from '@testmesh/commands';
import type { Suite } from '@testmesh/store-postgres';
import * as z from 'zod';
import { etagOf, requiredVersion } from '../http/conditional.ts';
import { type Route, type RouteAnswer, workspaceRoute } from '../http/route.ts';
import { IDEMPOTENCY_KEY } from '../runs/run-routes.ts';
import type { ConfigurationDeps } from './deps.ts';
import { idOnce, madeOnce } from './once.ts';
import { accepted, found } from './refusals.ts';
import { shownSuiteRun } from './shown-suite-run.ts';
import {
  contentOf,
  pointerIn,
  suiteBody,
  suiteOf,
  suiteRequest,
  suiteRunBody,
  suiteRunOf,
  suiteRunRequest,
} from './suite-body.ts';
import { askedEnvironment, IF_MATCH, idParams, limit, offset, pageOf, search } from './wire.ts';

const tags = ['Suites'];
const EXAMPLE = {
  name: 'Nightly',
  flows: [{ flow_id: '0190a000-0000-7000-8000-000000000001', order: 1, parallel: true }],
};

const answer = (status: 200 | 201, workspace: string, suite: Suite): RouteAnswer => ({
  status,
  headers: { etag: etagOf(suite.version), ...(status === 201 && { location: `/api/v1/suites/${suite.id}` }) },
  body: suiteOf(workspace, suite),
});

const create = (deps: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'POST',
    path: '/suites',
    operationId: 'createSuite',
    summary: 'Put flows together as a suite',
    tags,
    permission: 'flows:create',
    headers: [IDEMPOTENCY_KEY],
    body: suiteRequest,
    example: EXAMPLE,
    responses: { 201: suiteBody },
    handle: async (request) => {
      const suite = await madeOnce(deps, request, {
        operation: 'createSuite',
        make: (id) => deps.suites.create(request.caller, contentOf(request.body), id),
        find: (id) => deps.suites.get(request.caller.workspace, id),
        pointerOf: pointerIn(request.body),
      });
      return answer(201, request.caller.workspace, suite);
    },
  });

const list = ({ suites }: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/suites',
    operationId: 'listSuites',
    summary: 'List suites by name',
    tags,
    permission: 'flows:view',
    query: z.strictObject({ search, limit: limit(20), offset }),
    responses: { 200: z.object({ suites: z.array(suiteBody), ...pageOf }) },
    handle: async ({ query: { search: part, ...page }, caller: { workspace } }) => {
      const { items, total } = await suites.list(workspace, { ...page, ...(part !== undefined && { search: part }) });
      return { status: 200, body: { suites: items.map((suite) => suiteOf(workspace, suite)), total, ...page } };
    },
  });

const get = ({ suites }: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/suites/:id',
    operationId: 'getSuite',
    summary: 'A suite',
    tags,
    permission: 'flows:view',
    params: idParams,
    responses: { 200: suiteBody },
    handle: async ({ params: { id }, caller: { workspace } }) =>
      answer(200, workspace, found(await suites.get(workspace, id), `suite ${id}`)),
  });

const update = ({ suites }: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'PUT',
    path: '/suites/:id',
    operationId: 'updateSuite',
    summary: 'Change a suite',
    tags,
    permission: 'flows:edit',
    headers: [IF_MATCH],
    params: idParams,
    body: suiteRequest,
    example: EXAMPLE,
    responses: { 200: suiteBody },
    handle: async ({ params: { id }, body, caller, headers }) => {
      const edit = { id, seen: requiredVersion(headers) };
      return answer(
        200,
        caller.workspace,
        accepted(await suites.update(caller, edit, contentOf(body)), pointerIn(body)),
      );
    },
  });

const remove = ({ suites }: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'DELETE',
    path: '/suites/:id',
    operationId: 'deleteSuite',
    summary: 'Delete a suite',
    description: 'Its flows and their runs stay; its schedules are disabled.',
    tags,
    permission: 'flows:delete',
    headers: [IF_MATCH],
    params: idParams,
    responses: { 204: 'nothing' },
    handle: async ({ params: { id }, caller, headers }) => {
      accepted(await suites.remove(caller, { id, seen: requiredVersion(headers) }));
      return { status: 204 };
    },
  });

const run = (deps: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'POST',
    path: '/suites/:id/run',
    operationId: 'runSuite',
    summary: 'Run every flow of a suite',
    tags,
    permission: 'flows:run',
    headers: [IDEMPOTENCY_KEY],
    params: idParams,
    body: suiteRunRequest,
    responses: { 202: suiteRunBody },
    handle: async (request) => {
      const { body, caller } = request;
      const { id } = request.params;
      const { id: runId } = await idOnce(deps, request, 'runSuite');
      const asked = {
        ...askedEnvironment(body),
        variables: body.variables,
        testEnvironment: body.test_environment ?? null,
        pool: body.pool,
        priority: body.priority,
        trigger: null,
      };
      const started = await startSuite(deps, caller, { id: runId, suiteId: id, ...asked });
      const location = `/api/v1/suites/${id}/runs/${started.id}`;
      return { status: 202, headers: { location }, body: await shownSuiteRun(deps, started) };
    },
  });

const runs = (deps: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/suites/:id/runs',
    operationId: 'listSuiteRuns',
    summary: 'Runs of a suite, newest first',
    tags,
    permission: 'runs:view',
    params: idParams,
    query: z.strictObject({ limit: limit(20), offset }),
    responses: { 200: z.object({ runs: z.array(suiteRunBody), ...pageOf }) },
    handle: async ({ params: { id }, query, caller: { workspace } }) => {
      found(await deps.suites.get(workspace, id), `suite ${id}`);
      const { items, total } = await deps.suiteRuns.list(workspace, id, query);
      const shown = await Promise.all(items.map(async (item) => suiteRunOf(item, await outcomesOf(deps, item))));
      return { status: 200, body: { runs: shown, total, ...query } };
    },
  });

const oneRun = (deps: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/suites/:id/runs/:run_id',
    operationId: 'getSuiteRun',
    summary: 'A run of a suite as it is now',
    tags,
    permission: 'runs:view',
    params: idParams.extend({ run_id: z.guid() }),
    responses: { 200: suiteRunBody },
    handle: async ({ params, caller: { workspace } }) => {
      const { id, run_id: runId } = params;
      const asked = found(await deps.suiteRuns.get(workspace, id, runId), `run ${runId} of the suite ${id}`);
      const now = await moveOn(deps, asked);
      return { status: 200, body: await shownSuiteRun(deps, now) };
    },
  });

export const suiteRoutes = (deps: ConfigurationDeps): readonly Route[] =>
  [create, list, get, update, remove, run, runs, oneRun].map((route) => route(deps));
