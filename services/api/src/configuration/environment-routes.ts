import type { StoredEnvironment } from '@testmesh/store-postgres';
import * as z from 'zod';
import { demand } from '../access/authentication.ts';
import { etagOf, requiredVersion } from '../http/conditional.ts';
import { type Route, type RouteAnswer, workspaceRoute } from '../http/route.ts';
import { IDEMPOTENCY_KEY } from '../runs/run-routes.ts';
import { checkEnvironment } from './check-environment.ts';
import type { ConfigurationDeps } from './deps.ts';
import {
  contentOf,
  type EnvironmentRequest,
  environmentBody,
  environmentExport,
  environmentOf,
  environmentRequest,
  maskedOf,
  pointerIn,
  refuseMasks,
} from './environment-body.ts';
import { madeOnce } from './once.ts';
import { accepted, found } from './refusals.ts';
import { IF_MATCH, limit, nameOrIdParams, offset, pageOf, search, thingName } from './wire.ts';

const tags = ['Environments'];
const EXAMPLE = {
  name: 'staging',
  color: '#F59E0B',
  variables: [{ key: 'AUTH_TOKEN', value: 'stg-token-abc', is_secret: true, enabled: true }],
  routing: { services: { 'order-api': 'http://order-service.staging.svc.cluster.local:5003' } },
};

/** What a body asks for, refused where no run could use it; and where its parts stand. */
const readBody = async ({ catalogue }: ConfigurationDeps, body: EnvironmentRequest) => {
  const content = contentOf(body);
  const pointerOf = pointerIn(body);
  refuseMasks(content, pointerOf);
  await checkEnvironment(content, catalogue);
  return { content, pointerOf };
};

const answer = (status: 200 | 201, workspace: string, environment: StoredEnvironment): RouteAnswer => ({
  status,
  headers: {
    etag: etagOf(environment.version),
    ...(status === 201 && { location: `/api/v1/environments/${environment.id}` }),
  },
  body: environmentOf(workspace, environment),
});

const create = (deps: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'POST',
    path: '/environments',
    operationId: 'createEnvironment',
    summary: 'Add an environment',
    tags,
    permission: 'environments:create',
    headers: [IDEMPOTENCY_KEY],
    body: environmentRequest,
    example: EXAMPLE,
    responses: { 201: environmentBody },
    handle: async (request) => {
      const { content, pointerOf } = await readBody(deps, request.body);
      const environment = await madeOnce(deps, request, {
        operation: 'createEnvironment',
        make: (id) => deps.environments.create(request.caller, content, id),
        find: (id) => deps.environments.get(request.caller.workspace, id),
        pointerOf,
      });
      return answer(201, request.caller.workspace, environment);
    },
  });

const list = ({ environments }: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/environments',
    operationId: 'listEnvironments',
    summary: 'List environments by name',
    tags,
    permission: 'environments:view',
    query: z.strictObject({ search, limit: limit(50), offset }),
    responses: { 200: z.object({ environments: z.array(environmentBody), ...pageOf }) },
    handle: async ({ query: { search: part, ...page }, caller: { workspace } }) => {
      const query = { ...page, ...(part !== undefined && { search: part }) };
      const { items, total } = await environments.list(workspace, query);
      const shown = items.map((environment) => environmentOf(workspace, environment));
      return { status: 200, body: { environments: shown, total, ...page } };
    },
  });

/** What runs without an environment have: nothing. */
const NO_ENVIRONMENT = {
  id: null,
  name: 'No Environment',
  description: '',
  color: '#6B7280',
  is_default: true,
  protected: false,
  variables: [],
  routing: { services: {}, headers: {}, overrides: {} },
};

const getDefault = ({ environments }: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/environments/default',
    operationId: 'getDefaultEnvironment',
    summary: 'The default environment',
    description: 'Where there is none: one without an id that defines nothing.',
    tags,
    permission: 'environments:view',
    responses: { 200: z.union([environmentBody, environmentExport.extend({ id: z.null() })]) },
    handle: async ({ caller: { workspace } }) => {
      const environment = await environments.default(workspace);
      return environment ? answer(200, workspace, environment) : { status: 200, body: NO_ENVIRONMENT };
    },
  });

const get = ({ environments }: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/environments/:id',
    operationId: 'getEnvironment',
    summary: 'An environment',
    tags,
    permission: 'environments:view',
    params: nameOrIdParams,
    responses: { 200: environmentBody },
    handle: async ({ params: { id }, caller: { workspace } }) =>
      answer(200, workspace, found(await environments.get(workspace, id), `environment ${id}`)),
  });

const update = (deps: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'PUT',
    path: '/environments/:id',
    operationId: 'updateEnvironment',
    summary: 'Change an environment',
    description: 'A secret that is sent without a value, or with its mask, stays as it was.',
    tags,
    permission: 'environments:edit',
    headers: [IF_MATCH],
    params: nameOrIdParams,
    body: environmentRequest,
    example: EXAMPLE,
    responses: { 200: environmentBody },
    handle: async ({ params, body, caller, headers }) => {
      const { content, pointerOf } = await readBody(deps, body);
      const { id } = found(await deps.environments.get(caller.workspace, params.id), `environment ${params.id}`);
      const edit = { id, seen: requiredVersion(headers) };
      return answer(200, caller.workspace, accepted(await deps.environments.update(caller, edit, content), pointerOf));
    },
  });

const remove = ({ environments }: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'DELETE',
    path: '/environments/:id',
    operationId: 'deleteEnvironment',
    summary: 'Delete an environment',
    description: 'Refused (409) while schedules run in it.',
    tags,
    permission: 'environments:delete',
    headers: [IF_MATCH],
    params: nameOrIdParams,
    responses: { 204: 'nothing' },
    handle: async ({ params, caller, headers }) => {
      const { id } = found(await environments.get(caller.workspace, params.id), `environment ${params.id}`);
      accepted(await environments.remove(caller, { id, seen: requiredVersion(headers) }));
      return { status: 204 };
    },
  });

const makeDefault = ({ environments }: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'POST',
    path: '/environments/:id/default',
    operationId: 'makeDefaultEnvironment',
    summary: 'Make it the default',
    tags,
    permission: 'environments:edit',
    params: nameOrIdParams,
    responses: { 200: environmentBody },
    handle: async ({ params, caller }) => {
      const { id } = found(await environments.get(caller.workspace, params.id), `environment ${params.id}`);
      return answer(200, caller.workspace, accepted(await environments.makeDefault(caller, { id })));
    },
  });

const duplicate = ({ environments }: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'POST',
    path: '/environments/:id/duplicate',
    operationId: 'duplicateEnvironment',
    summary: 'Copy it, with its secrets, under another name',
    tags,
    permission: 'environments:create',
    params: nameOrIdParams,
    body: z.strictObject({ name: thingName }),
    example: { name: 'staging-2' },
    responses: { 201: environmentBody },
    handle: async ({ params: { id }, body, caller }) =>
      answer(201, caller.workspace, accepted(await environments.duplicate(caller, id, body.name))),
  });

const importOne = (deps: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'POST',
    path: '/environments/import',
    operationId: 'importEnvironment',
    summary: 'Add an exported environment',
    description:
      'A secret that stands masked keeps the value it has; where there is none, the answer (422) names each that needs one.',
    tags,
    permission: 'environments:create',
    query: z.strictObject({ overwrite: z.stringbool().default(false).describe('changes the one of the same name') }),
    body: environmentRequest,
    example: EXAMPLE,
    responses: { 200: environmentBody, 201: environmentBody },
    handle: async ({ query, body, caller }) => {
      const { content, pointerOf } = await readBody(deps, body);
      const there = query.overwrite ? await deps.environments.get(caller.workspace, content.name) : undefined;
      if (there === undefined) {
        return answer(201, caller.workspace, accepted(await deps.environments.create(caller, content), pointerOf));
      }
      demand(caller, 'environments:edit');
      const edit = { id: there.id, seen: there.version };
      return answer(200, caller.workspace, accepted(await deps.environments.update(caller, edit, content), pointerOf));
    },
  });

const include_secrets = z
  .stringbool()
  .default(false)
  .refine((wanted) => !wanted, 'no value of a secret is ever returned: give it anew where the export is imported')
  .describe('refused when it is true: no value of a secret is ever returned');

const exportOne = ({ environments }: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/environments/:id/export',
    operationId: 'exportEnvironment',
    summary: 'The environment as POST takes it',
    description:
      'Secrets stand behind ********: imported over the same environment they stay as they are, elsewhere they are given.',
    tags,
    permission: 'environments:view',
    params: nameOrIdParams,
    query: z.strictObject({ include_secrets }),
    responses: { 200: environmentExport },
    handle: async ({ params: { id }, caller }) => {
      const environment = found(await environments.get(caller.workspace, id), `environment ${id}`);
      return { status: 200, headers: { 'cache-control': 'no-store' }, body: maskedOf(environment) };
    },
  });

export const environmentRoutes = (deps: ConfigurationDeps): readonly Route[] =>
  [create, list, getDefault, get, update, remove, makeDefault, duplicate, importOne, exportOne].map((route) =>
    route(deps),
  );
