import { Problem } from '@testmesh/contracts';
import type { Workspace } from '@testmesh/store-postgres';
import * as z from 'zod';
import { PERMISSIONS, ROLES } from '../access/permissions.ts';
import { etagOf, requiredVersion } from '../http/conditional.ts';
import { type Caller, type Route, type RouteAnswer, workspaceRoute } from '../http/route.ts';
import type { ConfigurationDeps } from './deps.ts';
import { accepted, found } from './refusals.ts';
import { roleOf } from './roles.ts';
import { IF_MATCH, limit, offset, pageOf, search } from './wire.ts';
import { contentOf, workspaceBody, workspaceOf, workspaceRequest } from './workspace-body.ts';

const tags = ['Workspaces'];

const answer = (status: 200 | 201, workspace: Workspace, more: object = {}): RouteAnswer => ({
  status,
  headers: {
    etag: etagOf(workspace.version),
    ...(status === 201 && { location: `/api/v1/workspaces/${workspace.id}`, 'cache-control': 'no-store' }),
  },
  body: { ...workspaceOf(workspace), ...more },
});

/** Without a key, on loopback, there is one person, who sees every workspace; a key sees its own. */
const isAtHome = ({ actor }: Caller): boolean => actor === 'local';

/** A route names the workspace in its path, which the edge has checked, or means the key's own. */
const own = async ({ workspaces }: ConfigurationDeps, { workspace }: Caller): Promise<Workspace> =>
  found(await workspaces.get(workspace), `workspace ${workspace}`);

const create = ({ workspaces, apiKeys }: ConfigurationDeps): Route =>
  workspaceRoute({
    unscoped: true,
    method: 'POST',
    path: '/workspaces',
    operationId: 'createWorkspace',
    summary: 'Make a workspace',
    description:
      'With a first key that may do everything in it, shown this once. The first key of an installation may make one, and owners.',
    tags,
    permission: 'workspaces:create',
    body: workspaceRequest,
    example: { name: 'Shop team' },
    responses: { 201: workspaceBody.extend({ key: z.string() }) },
    handle: async ({ body, caller }) => {
      const workspace = accepted(await workspaces.create(contentOf(body), caller.actor));
      const inside = { workspace: workspace.id, actor: caller.actor };
      const first = accepted(await apiKeys.create(inside, { name: 'First key', permissions: PERMISSIONS }));
      return answer(201, workspace, { key: first.text });
    },
  });

const list = ({ workspaces }: ConfigurationDeps): Route =>
  workspaceRoute({
    unscoped: true,
    method: 'GET',
    path: '/workspaces',
    operationId: 'listWorkspaces',
    summary: 'Workspaces that can be opened',
    tags,
    permission: 'workspace:view',
    query: z.strictObject({
      type: z.enum(['personal', 'team']).optional(),
      search,
      sort_by: z.enum(['name', 'created_at', 'updated_at']).default('name').describe('by time the newest first'),
      limit: limit(20),
      offset,
    }),
    responses: { 200: z.object({ workspaces: z.array(workspaceBody), ...pageOf }) },
    handle: async ({ query: { type, search: part, sort_by: sortBy, ...page }, caller }) => {
      const { items, total } = await workspaces.list({
        ...page,
        sortBy,
        ...(type !== undefined && { type }),
        ...(part !== undefined && { search: part }),
        ...(!isAtHome(caller) && { ids: [caller.workspace] }),
      });
      return { status: 200, body: { workspaces: items.map(workspaceOf), total, ...page } };
    },
  });

const bySlug = ({ workspaces }: ConfigurationDeps): Route =>
  workspaceRoute({
    unscoped: true,
    method: 'GET',
    path: '/workspaces/slug/:slug',
    operationId: 'getWorkspaceBySlug',
    summary: 'A workspace by its slug',
    tags,
    permission: 'workspace:view',
    params: z.strictObject({ slug: z.string().max(100) }),
    responses: { 200: workspaceBody },
    handle: async ({ params: { slug }, caller }) => {
      const workspace = await workspaces.bySlug(slug);
      const isOpen = workspace !== undefined && (isAtHome(caller) || workspace.id === caller.workspace);
      if (!isOpen) throw new Problem('not-found', `there is no workspace ${slug} that this key opens`);
      return answer(200, workspace);
    },
  });

const CURRENT = {
  '/workspace': { operationId: 'getOwnWorkspace', summary: 'The workspace that the key opens' },
  '/workspaces/personal': { operationId: 'getPersonalWorkspace', summary: 'The same, under its older name' },
  '/workspaces/:workspace_id': { operationId: 'getWorkspace', summary: 'A workspace' },
} as const;

const current = (deps: ConfigurationDeps, path: keyof typeof CURRENT): Route =>
  workspaceRoute({
    unscoped: true,
    method: 'GET',
    path,
    ...CURRENT[path],
    tags,
    permission: 'workspace:view',
    responses: { 200: workspaceBody },
    handle: async ({ caller }) => answer(200, await own(deps, caller)),
  });

const update = ({ workspaces }: ConfigurationDeps): Route =>
  workspaceRoute({
    unscoped: true,
    method: 'PUT',
    path: '/workspaces/:workspace_id',
    operationId: 'updateWorkspace',
    summary: 'Change a workspace',
    tags,
    permission: 'workspace:settings',
    headers: [IF_MATCH],
    body: workspaceRequest,
    example: { name: 'Shop team' },
    responses: { 200: workspaceBody },
    handle: async ({ body, caller: { workspace, actor }, headers }) => {
      const change = { workspace, actor, seen: requiredVersion(headers) };
      return answer(200, accepted(await workspaces.update(change, contentOf(body))));
    },
  });

const remove = ({ workspaces }: ConfigurationDeps): Route =>
  workspaceRoute({
    unscoped: true,
    method: 'DELETE',
    path: '/workspaces/:workspace_id',
    operationId: 'deleteWorkspace',
    summary: 'Delete a workspace',
    description: 'Its keys open nothing any more, its schedules are disabled, its runs are cancelled within seconds.',
    tags,
    permission: 'workspace:delete',
    headers: [IF_MATCH],
    responses: { 204: 'nothing' },
    handle: async ({ caller: { workspace, actor }, headers }) => {
      accepted(await workspaces.remove({ workspace, actor, seen: requiredVersion(headers) }));
      return { status: 204 };
    },
  });

const role = (): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/role',
    operationId: 'getRole',
    summary: 'What the caller may do here',
    tags,
    permission: 'workspace:view',
    responses: {
      200: z.object({
        role: z.enum(ROLES).nullable().describe('the strongest role whose permissions the caller has'),
        permissions: z.array(z.enum(PERMISSIONS)),
      }),
    },
    handle: async ({ caller }) => ({
      status: 200,
      body: { role: roleOf(caller), permissions: PERMISSIONS.filter((name) => caller.permissions.has(name)) },
    }),
  });

export const workspaceRoutes = (deps: ConfigurationDeps): readonly Route[] => [
  create(deps),
  list(deps),
  bySlug(deps),
  current(deps, '/workspace'),
  current(deps, '/workspaces/personal'),
  current(deps, '/workspaces/:workspace_id'),
  update(deps),
  remove(deps),
  role(),
];
