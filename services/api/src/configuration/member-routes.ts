import type { Member } from '@testmesh/store-postgres';
import * as z from 'zod';
import { ROLE_PERMISSIONS, ROLES } from '../access/permissions.ts';
import { etagOf, requiredVersion } from '../http/conditional.ts';
import { type Caller, type Route, type RouteAnswer, workspaceRoute } from '../http/route.ts';
import type { ConfigurationDeps } from './deps.ts';
import { accepted, found } from './refusals.ts';
import { demandAll } from './roles.ts';
import { IF_MATCH, instant, limit, offset, pageOf } from './wire.ts';

const tags = ['Members'];
const memberParams = z.strictObject({ user_id: z.guid({ error: 'must be a UUID' }) });
const role = z.enum(ROLES);

const memberBody = z
  .object({
    user_id: z.guid(),
    email: z.string(),
    name: z.string(),
    role,
    version: z.int(),
    joined_at: instant,
  })
  .meta({ id: 'Member' });

const memberOf = ({ userId, createdAt, ...member }: Member) => ({
  user_id: userId,
  ...member,
  joined_at: createdAt.toISOString(),
});

const answer = (status: 200 | 201, member: Member): RouteAnswer => ({
  status,
  headers: { etag: etagOf(member.version) },
  body: memberOf(member),
});

const list = ({ members }: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/members',
    operationId: 'listMembers',
    summary: 'Who belongs to the workspace',
    tags,
    permission: 'workspace:view',
    query: z.strictObject({ limit: limit(50), offset }),
    responses: { 200: z.object({ members: z.array(memberBody), ...pageOf }) },
    handle: async ({ query, caller: { workspace } }) => {
      const { items, total } = await members.list(workspace, query);
      return { status: 200, body: { members: items.map(memberOf), total, ...query } };
    },
  });

const newMember = z.strictObject({
  user_id: z.guid().optional(),
  email: z.email().max(320),
  name: z.string().max(200).default(''),
  role,
});

const add = ({ members }: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'POST',
    path: '/members',
    operationId: 'addMember',
    summary: 'Take somebody into the workspace',
    tags,
    permission: 'members:manage',
    body: newMember,
    example: { email: 'somebody@example.com', role: 'editor' },
    responses: { 201: memberBody },
    handle: async ({ body: { user_id: userId, ...member }, caller }) => {
      demandAll(caller, ROLE_PERMISSIONS[member.role], `an ${member.role}`);
      return answer(201, accepted(await members.add(caller, { ...member, ...(userId !== undefined && { userId }) })));
    },
  });

/** Nobody changes or removes a member who may do more than they may. */
const reachable = async ({ members }: ConfigurationDeps, caller: Caller, userId: string): Promise<void> => {
  const member = found(await members.get(caller.workspace, userId), `member ${userId}`);
  demandAll(caller, ROLE_PERMISSIONS[member.role], `the ${member.role}`);
};

const setRole = (deps: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'PUT',
    path: '/members/:user_id',
    operationId: 'setMemberRole',
    summary: 'Give a member another role',
    tags,
    permission: 'members:manage',
    headers: [IF_MATCH],
    params: memberParams,
    body: z.strictObject({ role }),
    example: { role: 'viewer' as const },
    responses: { 200: memberBody },
    handle: async ({ params: { user_id: userId }, body, caller, headers }) => {
      await reachable(deps, caller, userId);
      demandAll(caller, ROLE_PERMISSIONS[body.role], `an ${body.role}`);
      const change = await deps.members.setRole(caller, userId, body.role, requiredVersion(headers));
      return answer(200, accepted(change));
    },
  });

const remove = (deps: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'DELETE',
    path: '/members/:user_id',
    operationId: 'removeMember',
    summary: 'Take a member out of the workspace',
    tags,
    permission: 'members:manage',
    headers: [IF_MATCH],
    params: memberParams,
    responses: { 204: 'nothing' },
    handle: async ({ params: { user_id: userId }, caller, headers }) => {
      await reachable(deps, caller, userId);
      accepted(await deps.members.remove(caller, userId, requiredVersion(headers)));
      return { status: 204 };
    },
  });

export const memberRoutes = (deps: ConfigurationDeps): readonly Route[] => [
  list(deps),
  add(deps),
  setRole(deps),
  remove(deps),
];
