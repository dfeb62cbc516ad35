import { detailOf, keptFiles } from '@testmesh/commands';
import * as z from 'zod';
import { etagOf, expectedVersion, requiredVersion } from '../http/conditional.ts';
import { type Route, type RouteAnswer, workspaceRoute } from '../http/route.ts';
import { IDEMPOTENCY_KEY } from '../runs/run-routes.ts';
import type { ConfigurationDeps } from './deps.ts';
import { flowBody, flowBundle, flowOf, flowRequest, flowVersionBody, flowWarning } from './flow-body.ts';
import { madeOnce } from './once.ts';
import { type ReadFlow, readRequestedFlow, sentFiles } from './read-stored-flow.ts';
import { accepted, found } from './refusals.ts';
import { IF_MATCH, idParams, limit, listed, offset, pageOf, search } from './wire.ts';

const tags = ['Flows'];
const EXAMPLE = {
  yaml: 'flow:\n  name: hello\n  steps:\n    - action: log\n      config: { message: hello }\n      assert: [\'message == "hello"\']\n',
};
const checkedFlow = flowBody.extend({ warnings: z.array(flowWarning) }).meta({ id: 'CheckedFlow' });

type Stored = Parameters<typeof flowOf>[1];

const answer = (status: 200 | 201, workspace: string, flow: Stored, read?: ReadFlow): RouteAnswer => ({
  status,
  headers: { etag: etagOf(flow.version), ...(status === 201 && { location: `/api/v1/flows/${flow.id}` }) },
  body: { ...flowOf(workspace, flow), ...(read && { warnings: read.warnings.map(detailOf) }) },
});

const kept = async ({ blobs }: ConfigurationDeps, { content, files }: ReadFlow) => ({
  ...content,
  files: await keptFiles(blobs, files),
});

const create = (deps: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'POST',
    path: '/flows',
    operationId: 'createFlow',
    summary: 'Keep a flow',
    description: 'The flow is checked as `testmesh validate` does; an invalid one is refused with every diagnostic.',
    tags,
    permission: 'flows:create',
    headers: [IDEMPOTENCY_KEY],
    body: flowRequest,
    example: EXAMPLE,
    responses: { 201: checkedFlow },
    handle: async (request) => {
      const { workspace } = request.caller;
      const read = await readRequestedFlow(request.body, deps.catalogue);
      const content = await kept(deps, read);
      const flow = await madeOnce(deps, request, {
        operation: 'createFlow',
        make: (id) => deps.flows.create(request.caller, content, id),
        find: (id) => deps.flows.byId(workspace, id),
      });
      return answer(201, workspace, flow, read);
    },
  });

const listQuery = z.strictObject({
  suite: z.string().optional(),
  tags: listed.describe('a flow has to carry all of them'),
  exclude: listed.describe('a flow must carry none of them'),
  search,
  limit: limit(20),
  offset,
});

const list = ({ flows }: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/flows',
    operationId: 'listFlows',
    summary: 'List flows by name',
    tags,
    permission: 'flows:view',
    query: listQuery,
    responses: { 200: z.object({ flows: z.array(flowBody), ...pageOf }) },
    handle: async ({ query, caller: { workspace } }) => {
      const { suite, tags: wanted, exclude, search: part, ...page } = query;
      const { items, total } = await flows.list(workspace, {
        ...page,
        ...(suite !== undefined && { suite }),
        ...(wanted !== undefined && { tags: wanted }),
        ...(exclude !== undefined && { exclude }),
        ...(part !== undefined && { search: part }),
      });
      return { status: 200, body: { flows: items.map((flow) => flowOf(workspace, flow)), total, ...page } };
    },
  });

const get = ({ flows }: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/flows/:id',
    operationId: 'getFlow',
    summary: 'A flow',
    tags,
    permission: 'flows:view',
    params: idParams,
    responses: { 200: flowBody },
    handle: async ({ params, caller: { workspace } }) =>
      answer(200, workspace, found(await flows.byId(workspace, params.id), `flow ${params.id}`)),
  });

const update = (deps: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'PUT',
    path: '/flows/:id',
    operationId: 'updateFlow',
    summary: 'Change a flow',
    description:
      'The text before is kept as a version; what is kept already makes none. Files that are not sent again are gone from the flow.',
    tags,
    permission: 'flows:edit',
    headers: [IF_MATCH],
    params: idParams,
    body: flowRequest,
    example: EXAMPLE,
    responses: { 200: checkedFlow },
    handle: async ({ params: { id }, body, caller, headers }) => {
      const read = await readRequestedFlow(body, deps.catalogue);
      const edit = { id, seen: requiredVersion(headers), message: body.message };
      const flow = accepted(await deps.flows.update(caller, edit, await kept(deps, read)));
      return answer(200, caller.workspace, flow, read);
    },
  });

const remove = ({ flows }: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'DELETE',
    path: '/flows/:id',
    operationId: 'deleteFlow',
    summary: 'Delete a flow',
    description: 'Its runs stay; its schedules are disabled. Refused (409) while suites name it.',
    tags,
    permission: 'flows:delete',
    headers: [IF_MATCH],
    params: idParams,
    responses: { 204: 'nothing' },
    handle: async ({ params: { id }, caller, headers }) => {
      accepted(await flows.remove(caller, { id, seen: requiredVersion(headers) }));
      return { status: 204 };
    },
  });

const versions = ({ flows }: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/flows/:id/versions',
    operationId: 'listFlowVersions',
    summary: 'Every version of a flow, newest first',
    tags,
    permission: 'flows:view',
    params: idParams,
    query: z.strictObject({ limit: limit(20), offset }),
    responses: { 200: z.object({ versions: z.array(flowVersionBody), ...pageOf }) },
    handle: async ({ params: { id }, query, caller: { workspace } }) => {
      found(await flows.byId(workspace, id), `flow ${id}`);
      const { items, total } = await flows.versions(workspace, id, query);
      const shown = items.map(({ version, name, text, author, message, createdAt }) => ({
        version,
        name,
        yaml: text,
        author,
        message,
        created_at: createdAt.toISOString(),
      }));
      return { status: 200, body: { versions: shown, total, ...query } };
    },
  });

const bundle = (deps: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/flows/:id/bundle',
    operationId: 'getFlowBundle',
    summary: 'A flow with the files kept beside it',
    tags,
    permission: 'flows:view',
    params: idParams,
    responses: { 200: flowBundle },
    handle: async ({ params: { id }, caller: { workspace } }) => {
      const { file, text, files } = found(await deps.flows.byId(workspace, id), `flow ${id}`);
      return { status: 200, body: { entry: file, files: { [file]: text, ...(await sentFiles(deps.blobs, files)) } } };
    },
  });

const restore = (deps: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'POST',
    path: '/flows/:id/versions/:version/restore',
    operationId: 'restoreFlowVersion',
    summary: 'Make an earlier version the current one',
    tags,
    permission: 'flows:edit',
    headers: [IF_MATCH],
    params: idParams.extend({ version: z.coerce.number().int().min(1) }),
    responses: { 200: checkedFlow },
    handle: async ({ params: { id, version }, caller, headers }) => {
      const earlier = found(
        await deps.flows.version(caller.workspace, id, version),
        `version ${version} of the flow ${id}`,
      );
      const files = await sentFiles(deps.blobs, earlier.files);
      const message = `restored version ${version}`;
      const read = await readRequestedFlow({ yaml: earlier.text, file: earlier.file, files, message }, deps.catalogue);
      const content = { ...read.content, files: earlier.files };
      const edit = { id, seen: expectedVersion(headers), message };
      return answer(200, caller.workspace, accepted(await deps.flows.update(caller, edit, content)), read);
    },
  });

export const flowRoutes = (deps: ConfigurationDeps): readonly Route[] =>
  [create, list, get, bundle, update, remove, versions, restore].map((route) => route(deps));
