import { Problem } from '@testmesh/contracts';
import type { Membership, User } from '@testmesh/store-postgres';
import * as z from 'zod';
import { hashPassword, weaknessOf } from '../access/password.ts';
import { ROLE_PERMISSIONS, ROLES } from '../access/permissions.ts';
import { csrfToken, newSessionToken, sessionCookie, sessionHash } from '../access/session-token.ts';
import { accepted } from '../configuration/refusals.ts';
import { instant, thingName } from '../configuration/wire.ts';
import { type Person, personRoute, publicRoute, type Route, type RouteAnswer } from '../http/route.ts';
import type { PeopleDeps } from './deps.ts';
import { provenUser } from './log-in.ts';

const tags = ['Sessions'];
const HOUR_MS = 3_600_000;
/** However often it is used. */
const SESSION_MS = 7 * 24 * HOUR_MS;
const KEY_MS = 90 * 24 * HOUR_MS;
/** Of one address; a person mistypes a few times. */
const LOGINS_PER_MINUTE = 20;

export const password = z.string().min(1).max(200);
const credentials = z.strictObject({ email: z.email().max(320), password });

const userBody = z.object({ id: z.guid(), email: z.string(), name: z.string() });
const membershipBody = z.object({ workspace_id: z.guid(), name: z.string(), role: z.enum(ROLES) });
export const sessionBody = z
  .object({
    user: userBody,
    workspaces: z.array(membershipBody),
    csrf_token: z.string().describe('to be sent as X-CSRF-Token with everything that changes something'),
  })
  .meta({ id: 'Session' });

interface Shown {
  readonly user: User;
  readonly memberships: Person['memberships'];
  readonly csrf: string;
}

const shown = ({ user: { id, email, name }, memberships, csrf }: Shown) => ({
  user: { id, email, name },
  workspaces: memberships.map(({ workspace, name: called, role }) => ({ workspace_id: workspace, name: called, role })),
  csrf_token: csrf,
});

/** A session for somebody who has proven who they are. */
export const openedSession = async (
  { users, clock }: PeopleDeps,
  user: User,
  host: string | undefined,
): Promise<RouteAnswer> => {
  const token = newSessionToken();
  const now = clock.now();
  await users.openSession({ userId: user.id, hash: sessionHash(token), atMs: now, expiresAtMs: now + SESSION_MS });
  return {
    status: 201,
    headers: { 'set-cookie': sessionCookie(token, host, SESSION_MS / 1000), 'cache-control': 'no-store' },
    body: shown({ user, memberships: await users.memberships(user.id), csrf: csrfToken(token) }),
  };
};

const logIn = (deps: PeopleDeps): Route =>
  publicRoute({
    method: 'POST',
    path: '/api/v1/sessions',
    operationId: 'logIn',
    summary: 'Log in with a browser',
    description: 'The session is a cookie that no script reads; it ends after a day without use, or a week.',
    tags,
    requestsPerMinute: LOGINS_PER_MINUTE,
    body: credentials,
    example: { email: 'somebody@example.com', password: 'a long sentence' },
    responses: { 201: sessionBody },
    handle: async ({ body, headers }) => openedSession(deps, await provenUser(deps, body), headers['host']),
  });

const get = (): Route =>
  personRoute({
    method: 'GET',
    path: '/api/v1/session',
    operationId: 'getSession',
    summary: 'Who is logged in',
    tags,
    responses: { 200: sessionBody },
    handle: async ({ person }) => ({ status: 200, headers: { 'cache-control': 'no-store' }, body: shown(person) }),
  });

const logOut = ({ users }: PeopleDeps): Route =>
  personRoute({
    method: 'DELETE',
    path: '/api/v1/session',
    operationId: 'logOut',
    summary: 'Log out',
    tags,
    responses: { 204: 'nothing' },
    handle: async ({ person, headers }) => {
      await users.closeSession(person.sessionId);
      return { status: 204, headers: { 'set-cookie': sessionCookie(undefined, headers['host'], 0) } };
    },
  });

const changePassword = (deps: PeopleDeps): Route =>
  personRoute({
    method: 'POST',
    path: '/api/v1/session/password',
    operationId: 'changePassword',
    summary: 'Take another password',
    description: 'Every other session of the person ends.',
    tags,
    requestsPerMinute: LOGINS_PER_MINUTE,
    body: z.strictObject({ current: password, new: password }),
    example: { current: 'a long sentence', new: 'another long sentence' },
    responses: { 204: 'nothing' },
    handle: async ({ body, person }) => {
      const user = await provenUser(deps, { email: person.user.email, password: body.current });
      demandStrong(body.new, user.email, '/new');
      await deps.users.setPassword(user.id, await hashPassword(body.new), person.sessionId);
      return { status: 204 };
    },
  });

/** Refuses a password that is guessed too soon. */
export const demandStrong = (text: string, email: string, pointer: string): void => {
  const weakness = weaknessOf(text, email);
  if (weakness !== undefined) {
    throw new Problem('invalid-request', weakness, { errors: [{ pointer, message: weakness }] });
  }
};

const ownKey = credentials.extend({
  workspace_id: z.guid().optional().describe('needed by who belongs to several workspaces'),
  name: thingName.default('my key'),
});

const exchange = (deps: PeopleDeps): Route =>
  publicRoute({
    method: 'POST',
    path: '/api/v1/session/keys',
    operationId: 'exchangeKey',
    summary: 'Log in from a terminal: a key for address and password',
    description:
      'The key may do what its person may, at any time, for 90 days; it opens nothing when they leave the workspace.',
    tags,
    requestsPerMinute: LOGINS_PER_MINUTE,
    body: ownKey,
    example: { email: 'somebody@example.com', password: 'a long sentence', name: 'laptop' },
    responses: {
      201: z.object({ key: z.string(), workspace_id: z.guid(), role: z.enum(ROLES), expires_at: instant }),
    },
    handle: async ({ body: { workspace_id: wanted, name, ...given } }) => {
      const user = await provenUser(deps, given);
      const { workspace, role } = chosen(await deps.users.memberships(user.id), wanted);
      const expiresAt = new Date(deps.clock.now() + KEY_MS);
      const caller = { workspace, actor: `user:${user.id}` };
      const permissions = ROLE_PERMISSIONS[role];
      const { text } = accepted(await deps.apiKeys.create(caller, { name, permissions, expiresAt, userId: user.id }));
      return {
        status: 201,
        headers: { 'cache-control': 'no-store' },
        body: { key: text, workspace_id: workspace, role, expires_at: expiresAt.toISOString() },
      };
    },
  });

const chosen = (memberships: readonly Membership[], wanted: string | undefined): Membership => {
  const found =
    wanted === undefined && memberships.length === 1
      ? memberships[0]
      : memberships.find(({ workspace }) => workspace === wanted);
  if (found !== undefined) return found;
  const known = memberships.map(({ workspace, name }) => `${workspace} (${name})`).join(', ') || 'none';
  throw new Problem('invalid-request', `say by workspace_id which workspace the key opens; yours: ${known}`);
};

export const sessionRoutes = (deps: PeopleDeps): readonly Route[] => [
  logIn(deps),
  get(),
  logOut(deps),
  changePassword(deps),
  exchange(deps),
];
