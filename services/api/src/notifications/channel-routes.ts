import type { Channel } from '@testmesh/store-postgres';
import * as z from 'zod';
import type { ConfigurationDeps } from '../configuration/deps.ts';
import { accepted, found } from '../configuration/refusals.ts';
import { IF_MATCH, idParams, limit, offset, pageOf } from '../configuration/wire.ts';
import { etagOf, requiredVersion } from '../http/conditional.ts';
import { type Route, type RouteAnswer, workspaceRoute } from '../http/route.ts';
import { channelBody, channelOf, channelRequest, givenBy, newSigningSecret } from './channel-body.ts';

const tags = ['Notifications'];
const EXAMPLE = {
  name: 'Our incident tool',
  kind: 'webhook' as const,
  url: 'https://hooks.example.com/testmesh',
};

const answer = (status: 200 | 201, channel: Channel, more: object = {}): RouteAnswer => ({
  status,
  headers: {
    etag: etagOf(channel.version),
    ...(status === 201 && { location: `/api/v1/notification-channels/${channel.id}`, 'cache-control': 'no-store' }),
  },
  body: { ...channelOf(channel), ...more },
});

const create = ({ channels }: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'POST',
    path: '/notification-channels',
    operationId: 'createNotificationChannel',
    summary: 'Send messages to Slack, a webhook or mailboxes',
    tags,
    permission: 'integrations:manage',
    body: channelRequest,
    example: EXAMPLE,
    responses: {
      201: channelBody.extend({
        signing_secret: z.string().optional().describe('where one was made, shown this once'),
      }),
    },
    handle: async ({ body, caller }) => {
      const { content, secrets } = givenBy(body);
      const isMade = body.kind === 'webhook' && body.signing_secret === undefined;
      const more = isMade ? { signing_secret: newSigningSecret() } : {};
      const channel = accepted(await channels.create(caller, content, { ...secrets, ...more }));
      return answer(201, channel, more);
    },
  });

const list = ({ channels }: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/notification-channels',
    operationId: 'listNotificationChannels',
    summary: 'Where messages are sent',
    tags,
    permission: 'integrations:view',
    query: z.strictObject({ limit: limit(50), offset }),
    responses: { 200: z.object({ channels: z.array(channelBody), ...pageOf }) },
    handle: async ({ query, caller: { workspace } }) => {
      const { items, total } = await channels.list(workspace, query);
      return { status: 200, body: { channels: items.map(channelOf), total, ...query } };
    },
  });

const get = ({ channels }: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/notification-channels/:id',
    operationId: 'getNotificationChannel',
    summary: 'A channel',
    tags,
    permission: 'integrations:view',
    params: idParams,
    responses: { 200: channelBody },
    handle: async ({ params: { id }, caller: { workspace } }) =>
      answer(200, found(await channels.get(workspace, id), `notification channel ${id}`)),
  });

const update = ({ channels }: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'PUT',
    path: '/notification-channels/:id',
    operationId: 'updateNotificationChannel',
    summary: 'Change a channel',
    description: 'Addresses and secrets that are not sent stay as they are, unless the kind changes.',
    tags,
    permission: 'integrations:manage',
    headers: [IF_MATCH],
    params: idParams,
    body: channelRequest,
    example: EXAMPLE,
    responses: { 200: channelBody },
    handle: async ({ params: { id }, body, caller, headers }) => {
      const before = found(await channels.get(caller.workspace, id), `notification channel ${id}`);
      const edit = { id, seen: requiredVersion(headers) };
      return answer(200, accepted(await channels.update(caller, edit, givenBy(body, before))));
    },
  });

const remove = ({ channels }: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'DELETE',
    path: '/notification-channels/:id',
    operationId: 'deleteNotificationChannel',
    summary: 'Delete a channel',
    description: 'What was not delivered yet never will be.',
    tags,
    permission: 'integrations:manage',
    headers: [IF_MATCH],
    params: idParams,
    responses: { 204: 'nothing' },
    handle: async ({ params: { id }, caller, headers }) => {
      accepted(await channels.remove(caller, { id, seen: requiredVersion(headers) }));
      return { status: 204 };
    },
  });

const test = ({ channels }: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'POST',
    path: '/notification-channels/:id/test',
    operationId: 'testNotificationChannel',
    summary: 'Send a test message',
    description: 'What becomes of it stands among the deliveries.',
    tags,
    permission: 'integrations:manage',
    params: idParams,
    responses: { 202: z.object({ delivery_id: z.guid() }) },
    handle: async ({ params: { id }, caller: { workspace } }) => {
      const delivery = found(await channels.test(workspace, id), `notification channel ${id}`);
      return { status: 202, body: { delivery_id: delivery } };
    },
  });

export const channelRoutes = (deps: ConfigurationDeps): readonly Route[] =>
  [create, list, get, update, remove, test].map((route) => route(deps));
