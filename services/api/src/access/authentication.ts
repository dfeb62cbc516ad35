import { Problem } from '@testmesh/contracts';
import type { Caller, Person } from '../http/route.ts';
import { type AccessStore, DEFAULT_WORKSPACE, type StoredKey } from '../ports.ts';
import { type AllowedOrigins, NO_ORIGINS } from './allowed-origins.ts';
import { isApiKey, keyHash, keyPrefix, sameHash } from './api-key.ts';
import { refuseOtherPages } from './page-of.ts';
import { PERMISSIONS, type Permission, ROLE_PERMISSIONS } from './permissions.ts';
import { csrfToken, sessionHash, sessionTokenIn } from './session-token.ts';

// Who asks, and for which workspace. Invariants:
// N1. A key opens its own workspace only; any other answers as if it did not exist.
// N2. Without a key nobody gets in, but on loopback, where the page that asks must be ours (`loopback.ts`).
// N3. A session is worth what its person may do now; a page of another site cannot use it (`page-of.ts`).
// N4. Hashes are compared in constant time. Keys have 192 random bits: guessing is a matter of load, which the rate limit bounds.

type Headers = Readonly<Record<string, string | undefined>>;

export interface AuthenticationOptions {
  readonly access: AccessStore;
  /** `loopback` lets requests without a key in, as the owner of any workspace. */
  readonly mode: 'keys' | 'loopback';
  /** Whose pages may use a session beside our own. */
  readonly origins?: AllowedOrigins | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const MINUTE_MS = 60_000;
/** A session that nobody used for so long has ended. */
const IDLE_MS = 24 * 3_600_000;
const REMEMBERED = 10_000;

export class Authentication {
  readonly #options: AuthenticationOptions;
  readonly #used = new Map<string, number>();

  constructor(options: AuthenticationOptions) {
    this.#options = options;
  }

  /** The caller of a request; `workspace` is the one its path names, if any. */
  async callerOf(headers: Headers, workspace: string | undefined, method = 'GET'): Promise<Caller> {
    const text = keyIn(headers);
    if (text === undefined) {
      const person = await this.#personIn(headers, method);
      return person === undefined ? this.#withoutKey(workspace) : memberOf(person, workspace);
    }
    const key = await this.#find(text);
    if (key === undefined) throw unauthenticated('the API key is not known, has expired or was revoked');
    this.#remember(key);
    if (workspace !== undefined && workspace !== key.workspace) throw noWorkspace(workspace);
    return { workspace: key.workspace, actor: `key:${key.keyId}`, permissions: new Set(key.permissions) };
  }

  /** The person whose browser asks. */
  async personOf(headers: Headers, method: string): Promise<Person> {
    const person = keyIn(headers) === undefined ? await this.#personIn(headers, method) : undefined;
    if (person === undefined) throw unauthenticated('log in first: POST /api/v1/sessions');
    return person;
  }

  async #personIn(headers: Headers, method: string): Promise<Person | undefined> {
    const token = sessionTokenIn(headers['cookie']);
    if (token === undefined) return undefined;
    const session = await this.#options.access.sessionByHash(sessionHash(token));
    const now = this.#options.now();
    if (session === undefined || session.expiresAt <= now || session.usedAt <= now - IDLE_MS) {
      throw unauthenticated('the session has ended: log in again');
    }
    refuseOtherPages(headers, { method, csrf: csrfToken(token), allowed: this.#options.origins ?? NO_ORIGINS });
    if (now - session.usedAt >= MINUTE_MS) await this.#options.access.sessionUsed(session.id, now);
    return { sessionId: session.id, user: session.user, memberships: session.memberships, csrf: csrfToken(token) };
  }

  async #withoutKey(workspace = DEFAULT_WORKSPACE): Promise<Caller> {
    if (this.#options.mode !== 'loopback') {
      throw unauthenticated('send an API key: `Authorization: Bearer tm_live_…` or `X-API-Key: tm_live_…`');
    }
    if (!(await this.#options.access.hasWorkspace(workspace))) throw noWorkspace(workspace);
    return { workspace, actor: 'local', permissions: everything };
  }

  async #find(text: string): Promise<StoredKey | undefined> {
    if (!isApiKey(text)) return undefined;
    const hash = keyHash(text);
    const candidates = await this.#options.access.keysByPrefix(keyPrefix(text));
    const found = candidates.find((candidate) => sameHash(candidate.hash, hash));
    return found !== undefined && (found.expiresAt ?? Infinity) > this.#options.now() ? found : undefined;
  }

  #remember({ keyId }: StoredKey): void {
    const now = this.#options.now();
    if (now - (this.#used.get(keyId) ?? 0) < MINUTE_MS) return;
    makeRoom(this.#used);
    this.#used.set(keyId, now);
    // When it was last used is for people to look at: a request does not fail over it.
    this.#options.access.keyUsed(keyId, now).catch(() => this.#used.delete(keyId));
  }
}

/** A person as the caller of a workspace's route: with the role they have there. */
const memberOf = ({ user, memberships }: Person, workspace: string | undefined): Caller => {
  const membership =
    workspace === undefined ? onlyOf(memberships) : memberships.find((one) => one.workspace === workspace);
  if (membership === undefined) throw noWorkspace(workspace ?? 'of yours');
  const permissions = new Set(ROLE_PERMISSIONS[membership.role]);
  return { workspace: membership.workspace, actor: `user:${user.id}`, permissions };
};

const onlyOf = (memberships: Person['memberships']): Person['memberships'][number] | undefined => {
  if (memberships.length < 2) return memberships[0];
  throw new Problem('invalid-request', 'you belong to several workspaces: ask under /api/v1/workspaces/ID/…');
};

const everything: ReadonlySet<Permission> = new Set(PERMISSIONS);

const makeRoom = (map: Map<string, unknown>): void => {
  if (map.size >= REMEMBERED) map.delete(map.keys().next().value as string);
};

const keyIn = (headers: Headers): string | undefined => {
  const plain = headers['x-api-key'];
  if (plain !== undefined) return plain.trim();
  const { authorization } = headers;
  if (authorization === undefined) return undefined;
  const [, scheme = '', given = ''] = /^(Bearer|Basic) +(\S+) *$/i.exec(authorization) ?? [];
  if (scheme === '') throw unauthenticated('Authorization has to be `Bearer` and an API key');
  // Tools that know an address and nothing else (Flagger) send the key as the password in it, under any name.
  if (scheme.toLowerCase() === 'basic')
    return Buffer.from(given, 'base64')
      .toString()
      .replace(/^[^:]*:/, '');
  return given;
};

const unauthenticated = (detail: string): Problem =>
  new Problem('unauthenticated', detail, { headers: { 'www-authenticate': 'Bearer realm="testmesh"' } });

const noWorkspace = (workspace: string): Problem =>
  new Problem('not-found', `there is no workspace ${workspace} that this key opens`);

/** Refuses a caller who lacks a permission. */
export const demand = ({ permissions }: Caller, permission: Permission): void => {
  if (permissions.has(permission)) return;
  const wayOut = permission === 'workspaces:create' ? ': the first key of the installation has it, and owners do' : '';
  throw new Problem('forbidden', `the key lacks the permission ${permission}${wayOut}`);
};
