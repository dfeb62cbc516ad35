import { Problem } from '@testmesh/contracts';
import type { Invitation } from '@testmesh/store-postgres';
import * as z from 'zod';
import { hashPassword, isPassword } from '../access/password.ts';
import { ROLE_PERMISSIONS, ROLES, type Role } from '../access/permissions.ts';
import { accepted } from '../configuration/refusals.ts';
import { demandAll } from '../configuration/roles.ts';
import { idParams, instant, isoOrNull, limit, offset, pageOf } from '../configuration/wire.ts';
import { type Caller, publicRoute, type Route, workspaceRoute } from '../http/route.ts';
import type { PeopleDeps } from './deps.ts';
import { provenUser } from './log-in.ts';
import { demandStrong, openedSession, password, sessionBody } from './session-routes.ts';

const tags = ['Invitations'];
const OPEN_MS = 7 * 24 * 3_600_000;
const TRIES_PER_MINUTE = 20;

const invitationBody = z
  .object({
    id: z.guid(),
    email: z.string(),
    role: z.enum(ROLES),
    invited_by: z.string(),
    created_at: instant,
    expires_at: instant,
    accepted_at: instant.nullable(),
    revoked_at: instant.nullable(),
  })
  .meta({ id: 'Invitation' });

const invitationOf = (invitation: Invitation) => ({
  id: invitation.id,
  email: invitation.email,
  role: invitation.role,
  invited_by: invitation.invitedBy,
  created_at: invitation.createdAt.toISOString(),
  expires_at: invitation.expiresAt.toISOString(),
  accepted_at: isoOrNull(invitation.acceptedAt),
  revoked_at: isoOrNull(invitation.revokedAt),
});

const create = (deps: PeopleDeps): Route =>
  workspaceRoute({
    method: 'POST',
    path: '/invitations',
    operationId: 'inviteMember',
    summary: 'Ask somebody into the workspace',
    description:
      'The token is shown this once: pass it on to the person, who has a week. A workspace that has no members yet lets a key invite its first owner.',
    tags,
    permission: 'members:manage',
    body: z.strictObject({ email: z.email().max(320), role: z.enum(ROLES) }),
    example: { email: 'somebody@example.com', role: 'editor' as const },
    responses: { 201: invitationBody.extend({ token: z.string() }).meta({ id: 'NewInvitation' }) },
    handle: async ({ body, caller }) => {
      await demandMayInvite(deps, caller, body.role);
      const expiresAt = new Date(deps.clock.now() + OPEN_MS);
      const { invitation, token } = accepted(await deps.invitations.create(caller, { ...body, expiresAt }));
      const headers = { 'cache-control': 'no-store' };
      return { status: 201, headers, body: { ...invitationOf(invitation), token } };
    },
  });

/** Nobody gives away more than they have, but the first owner comes from whoever set the server up. */
const demandMayInvite = async ({ members }: PeopleDeps, caller: Caller, role: Role): Promise<void> => {
  const { total } = await members.list(caller.workspace, { limit: 1, offset: 0 });
  if (total > 0) demandAll(caller, ROLE_PERMISSIONS[role], `an ${role}`);
};

const list = ({ invitations }: PeopleDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/invitations',
    operationId: 'listInvitations',
    summary: 'Who was asked in, and what became of it',
    tags,
    permission: 'members:manage',
    query: z.strictObject({ limit: limit(50), offset }),
    responses: { 200: z.object({ invitations: z.array(invitationBody), ...pageOf }) },
    handle: async ({ query, caller: { workspace } }) => {
      const { items, total } = await invitations.list(workspace, query);
      return { status: 200, body: { invitations: items.map(invitationOf), total, ...query } };
    },
  });

const revoke = ({ invitations }: PeopleDeps): Route =>
  workspaceRoute({
    method: 'DELETE',
    path: '/invitations/:id',
    operationId: 'revokeInvitation',
    summary: 'Take an invitation back',
    tags,
    permission: 'members:manage',
    params: idParams,
    responses: { 204: 'nothing' },
    handle: async ({ params: { id }, caller }) => {
      accepted(await invitations.revoke(caller, id));
      return { status: 204 };
    },
  });

const accept = (deps: PeopleDeps): Route =>
  publicRoute({
    method: 'POST',
    path: '/api/v1/invitations/accept',
    operationId: 'acceptInvitation',
    summary: 'Come into a workspace',
    description: 'With a new password, or with the one of an account that exists. It logs in, too.',
    tags,
    requestsPerMinute: TRIES_PER_MINUTE,
    body: z.strictObject({
      token: z.string().regex(/^tm_invite_[0-9a-f]{64}$/, 'this is no invitation'),
      name: z.string().trim().max(200).default(''),
      password,
    }),
    example: { token: `tm_invite_${'0'.repeat(64)}`, name: 'Somebody', password: 'a long sentence' },
    responses: { 201: sessionBody },
    handle: async ({ body, headers }) => {
      const now = new Date(deps.clock.now());
      const invitation = await deps.invitations.open(body.token, now);
      if (invitation === undefined) {
        // As late as where there is one, so that its time tells nothing.
        await isPassword(body.password, undefined);
        throw new Problem('not-found', 'the invitation is not known, was used or revoked, or its week is over');
      }
      const account = await accountFor(deps, invitation.email, body);
      const user = accepted(await deps.invitations.accept(invitation, account, now));
      return openedSession(deps, user, headers['host']);
    },
  });

const accountFor = async (
  deps: PeopleDeps,
  email: string,
  given: { readonly name: string; readonly password: string },
) => {
  if ((await deps.users.byEmail(email)) !== undefined) {
    return { user: await provenUser(deps, { email, password: given.password }) };
  }
  demandStrong(given.password, email, '/password');
  return { name: given.name, password: await hashPassword(given.password) };
};

export const invitationRoutes = (deps: PeopleDeps): readonly Route[] => [
  create(deps),
  list(deps),
  revoke(deps),
  accept(deps),
];
