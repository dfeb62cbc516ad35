import { Problem } from '@testmesh/contracts';
import type { ApiKey } from '@testmesh/store-postgres';
import * as z from 'zod';
import { PERMISSIONS, ROLE_PERMISSIONS, ROLES } from '../access/permissions.ts';
import { type Route, workspaceRoute } from '../http/route.ts';
import type { ConfigurationDeps } from './deps.ts';
import { accepted, found } from './refusals.ts';
import { demandAll } from './roles.ts';
import { idParams, instant, isoOrNull, limit, offset, pageOf, thingName } from './wire.ts';

const tags = ['API keys'];

const keyBody = z
  .object({
    id: z.guid(),
    name: z.string(),
    prefix: z.string().describe('how it begins; the rest is known to nobody here'),
    scopes: z.array(z.string()),
    created_by: z.string(),
    created_at: instant,
    expires_at: instant.nullable(),
    last_used_at: instant.nullable(),
    revoked_at: instant.nullable(),
  })
  .meta({ id: 'ApiKey' });

const keyOf = (key: ApiKey) => ({
  id: key.id,
  name: key.name,
  prefix: key.prefix,
  scopes: key.permissions,
  created_by: key.createdBy,
  created_at: key.createdAt.toISOString(),
  expires_at: isoOrNull(key.expiresAt),
  last_used_at: isoOrNull(key.lastUsedAt),
  revoked_at: isoOrNull(key.revokedAt),
});

const newKey = z
  .strictObject({
    name: thingName,
    role: z.enum(ROLES).optional().describe('everything a member of this role may do'),
    scopes: z
      .array(z.enum(PERMISSIONS))
      .min(1, 'a key without any scope opens nothing: name one')
      .max(PERMISSIONS.length)
      .optional()
      .describe('exactly these permissions'),
    expires_at: z.iso.datetime({ offset: true }).optional(),
  })
  .refine(({ role, scopes }) => role === undefined || scopes === undefined, {
    error: 'say what the key may do by one of role and scopes',
    path: ['scopes'],
  })
  .meta({ id: 'ApiKeyRequest' });

const create = ({ apiKeys, clock }: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'POST',
    path: '/api-keys',
    operationId: 'createApiKey',
    summary: 'Make a key; its text is shown this once',
    description: 'Without role and scopes it is an editor. A key cannot make one that may do more than itself.',
    tags,
    permission: 'keys:manage',
    body: newKey,
    example: { name: 'CI', role: 'editor' },
    responses: { 201: keyBody.extend({ key: z.string().describe('the whole key') }).meta({ id: 'NewApiKey' }) },
    handle: async ({ body, caller }) => {
      const permissions = body.scopes ?? ROLE_PERMISSIONS[body.role ?? 'editor'];
      demandAll(caller, permissions, 'the new key');
      const expiresAt = body.expires_at === undefined ? undefined : new Date(body.expires_at);
      if (expiresAt !== undefined && expiresAt.getTime() <= clock.now()) {
        throw new Problem('invalid-request', 'a key that has expired already opens nothing', {
          errors: [{ pointer: '/expires_at', message: 'lies in the past' }],
        });
      }
      const { key, text } = accepted(
        await apiKeys.create(caller, {
          name: body.name,
          permissions: [...new Set(permissions)],
          ...(expiresAt && { expiresAt }),
        }),
      );
      return {
        status: 201,
        headers: { location: `/api/v1/api-keys/${key.id}`, 'cache-control': 'no-store' },
        body: { ...keyOf(key), key: text },
      };
    },
  });

const list = ({ apiKeys }: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/api-keys',
    operationId: 'listApiKeys',
    summary: 'Keys of the workspace, revoked ones included',
    tags,
    permission: 'keys:manage',
    query: z.strictObject({ limit: limit(50), offset }),
    responses: { 200: z.object({ api_keys: z.array(keyBody), ...pageOf }) },
    handle: async ({ query, caller: { workspace } }) => {
      const { items, total } = await apiKeys.list(workspace, query);
      return { status: 200, body: { api_keys: items.map(keyOf), total, ...query } };
    },
  });

const get = ({ apiKeys }: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/api-keys/:id',
    operationId: 'getApiKey',
    summary: 'A key, without its text',
    tags,
    permission: 'keys:manage',
    params: idParams,
    responses: { 200: keyBody },
    handle: async ({ params: { id }, caller }) => ({
      status: 200,
      body: keyOf(found(await apiKeys.get(caller.workspace, id), `key ${id}`)),
    }),
  });

const revoke = ({ apiKeys }: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'DELETE',
    path: '/api-keys/:id',
    operationId: 'revokeApiKey',
    summary: 'Revoke a key',
    tags,
    permission: 'keys:manage',
    params: idParams,
    responses: { 204: 'nothing' },
    handle: async ({ params: { id }, caller }) => {
      accepted(await apiKeys.revoke(caller, id));
      return { status: 204 };
    },
  });

export const keyRoutes = (deps: ConfigurationDeps): readonly Route[] =>
  [create, list, get, revoke].map((route) => route(deps));
