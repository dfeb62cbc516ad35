import { randomUUID } from 'node:crypto';
import { Problem, type ProblemCode, testEnvironmentSpec } from '@testmesh/contracts';
import { type NamePolicy, nameRefusals, nameRefusalText, type TestEnvironmentRefusal } from '@testmesh/domain';
import type { NameTaken, TestEnvironments } from '@testmesh/ports';
import * as z from 'zod';
import { idParams, limit, offset } from '../configuration/wire.ts';
import { type Route, workspaceRoute } from '../http/route.ts';
import { ownEnvironment } from './own-environment.ts';
import { testEnvironmentBody, testEnvironmentOf, testEnvironmentRequest } from './test-environment-body.ts';
import { type EnvironmentHistoryDeps, testEnvironmentHistoryRoutes } from './test-environment-history.ts';

export interface TestEnvironmentDeps extends EnvironmentHistoryDeps {
  readonly testEnvironments: Pick<TestEnvironments, 'register' | 'find' | 'list' | 'request'>;
  /** Told when there is work for an env-manager. */
  readonly onTestEnvironmentWork?: () => void;
}

const tags = ['Test environments'];

const EXAMPLE = {
  name: 'PR-123 Review Environment',
  context: 'pr-123',
  provider: 'argocd',
  provider_app_name: 'testmesh-pr-123',
  namespace: 'review-pr-123',
  ttl_minutes: 60,
  services: [
    {
      ...{ name: 'user-service', image: 'myrepo/user-service:pr-123' },
      ...{ repo: 'github.com/org/user-service', source_ref: 'pr-123' },
    },
  ],
  routing_policy: { 'user-service': 'http://user-service.review-pr-123.svc.cluster.local:8080' },
};

/** What no cluster allows is refused here; what a cluster allows this workspace, its operator tells the env-manager. */
const ANY_CLUSTER: NamePolicy = { namespaces: ['*'], applications: ['*'], reserved: [] };

const TAKEN: Readonly<Record<NameTaken | 'TestEnvironmentAlreadyRegistered', string>> = {
  NamespaceTaken: 'the namespace belongs to another test environment of this cluster',
  ApplicationTaken: 'the application belongs to another test environment of this cluster',
  TestEnvironmentAlreadyRegistered: 'it exists already',
};

const list = ({ testEnvironments }: TestEnvironmentDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/test-environments',
    operationId: 'listTestEnvironments',
    summary: 'List test environments, the newest first',
    tags,
    permission: 'environments:view',
    query: z.strictObject({
      context: z.string().min(1).max(200).optional(),
      include_destroyed: z.stringbool().default(false).describe('destroyed ones are shown for a day'),
      limit: limit(50),
      offset,
    }),
    responses: { 200: z.object({ environments: z.array(testEnvironmentBody), total: z.int() }) },
    handle: async ({ query, caller: { workspace } }) => {
      const { items, total } = await testEnvironments.list({
        ...{ workspace, limit: query.limit, offset: query.offset, withDestroyed: query.include_destroyed },
        ...(query.context !== undefined && { context: query.context }),
      });
      return { status: 200, body: { environments: items.map(testEnvironmentOf), total } };
    },
  });

const create = ({ testEnvironments, onTestEnvironmentWork }: TestEnvironmentDeps): Route =>
  workspaceRoute({
    method: 'POST',
    path: '/test-environments',
    operationId: 'createTestEnvironment',
    summary: 'Create a test environment and begin to provision it',
    tags,
    permission: 'environments:create',
    body: testEnvironmentRequest,
    example: EXAMPLE,
    responses: { 201: testEnvironmentBody },
    handle: async ({ body, caller: { workspace, actor } }) => {
      const spec = testEnvironmentSpec(body);
      const refusals = nameRefusals(spec, ANY_CLUSTER);
      if (refusals.length > 0) throw new Problem('cannot-be-done', refusals.map(nameRefusalText).join('; '));
      const registered = await testEnvironments.register({ id: randomUUID(), workspace, spec, by: actor });
      if (!registered.ok) throw new Problem('conflict', TAKEN[registered.refusal]);
      onTestEnvironmentWork?.();
      const { environment } = registered;
      const location = `/api/v1/test-environments/${environment.id}`;
      return { status: 201, headers: { location }, body: testEnvironmentOf(environment) };
    },
  });

const get = (deps: TestEnvironmentDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/test-environments/:id',
    operationId: 'getTestEnvironment',
    summary: 'A test environment with its state, services and routes',
    tags,
    permission: 'environments:view',
    params: idParams,
    responses: { 200: testEnvironmentBody },
    handle: async ({ params: { id }, caller }) => ({
      status: 200,
      body: testEnvironmentOf(await ownEnvironment(deps, caller, id)),
    }),
  });

const destroy = (deps: TestEnvironmentDeps): Route =>
  workspaceRoute({
    method: 'DELETE',
    path: '/test-environments/:id',
    operationId: 'destroyTestEnvironment',
    summary: 'Destroy a test environment',
    description:
      'Answers at once; poll the environment until its `state` is `destroyed`. One that a run uses goes when that run has ended, ' +
      'with `force=true` at once.',
    tags,
    permission: 'environments:delete',
    params: idParams,
    query: z.strictObject({ force: z.stringbool().default(false).describe('take it from the run that uses it') }),
    responses: { 202: z.object({ message: z.string() }) },
    handle: async ({ params: { id }, query: { force }, caller }) => {
      await ownEnvironment(deps, caller, id);
      const by = caller.actor;
      const result = await deps.testEnvironments.request(id, {
        type: 'RequestDestroy',
        by,
        reason: `asked by ${by}`,
        force,
      });
      if (!result.ok && !IS_GOING.has(result.refusal)) throw new Problem(...refusedDestroy(result.refusal));
      deps.onTestEnvironmentWork?.();
      const waits = result.ok && result.environment.state.status === 'running';
      return {
        status: 202,
        body: { message: waits ? 'it is destroyed when its run has ended' : 'it is being destroyed' },
      };
    },
  });

/** Asking twice is asking once. */
const IS_GOING: ReadonlySet<TestEnvironmentRefusal> = new Set([
  'TestEnvironmentBeingDestroyed',
  'TestEnvironmentDestroyed',
]);

const refusedDestroy = (refusal: TestEnvironmentRefusal): [ProblemCode, string] =>
  refusal === 'TestEnvironmentNotFound' ? ['not-found', 'it is not there any more'] : ['conflict', refusal];

export const testEnvironmentRoutes = (deps: TestEnvironmentDeps): readonly Route[] => [
  list(deps),
  create(deps),
  get(deps),
  destroy(deps),
  ...testEnvironmentHistoryRoutes(deps),
];
