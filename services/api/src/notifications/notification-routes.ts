import type { Notification, ShownDelivery } from '@testmesh/store-postgres';
import * as z from 'zod';
import type { ConfigurationDeps } from '../configuration/deps.ts';
import { found } from '../configuration/refusals.ts';
import { idParams, instant, isoOrNull, limit, offset, pageOf } from '../configuration/wire.ts';
import { type Route, workspaceRoute } from '../http/route.ts';

const tags = ['Notifications'];

const notificationBody = z
  .object({
    id: z.guid(),
    event: z.enum(['failing', 'recovered', 'passed', 'test']),
    type: z.enum(['info', 'success', 'error']),
    title: z.string(),
    message: z.string(),
    entity_type: z.enum(['schedule', 'suite', 'flow']).nullable(),
    entity_id: z.guid().nullable(),
    entity_name: z.string().nullable(),
    environment: z.string().nullable(),
    run_id: z.string().nullable(),
    read: z.boolean().describe('by the caller'),
    created_at: instant,
  })
  .meta({ id: 'Notification' });

const TYPES = { failing: 'error', recovered: 'success', passed: 'success', test: 'info' } as const;

const notificationOf = (notification: Notification) => ({
  id: notification.id,
  event: notification.event,
  type: TYPES[notification.event],
  title: notification.title,
  message: notification.message,
  entity_type: notification.subjectKind,
  entity_id: notification.subjectId,
  entity_name: notification.subjectName,
  environment: notification.environment,
  run_id: notification.runId,
  read: notification.read,
  created_at: notification.createdAt.toISOString(),
});

const list = ({ notifications }: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/notifications',
    operationId: 'listNotifications',
    summary: 'What began to fail and what recovered, newest first',
    tags,
    permission: 'runs:view',
    query: z.strictObject({
      unread: z.enum(['true', 'false']).default('false').describe('only what the caller has not read'),
      limit: limit(20),
      offset,
    }),
    responses: { 200: z.object({ notifications: z.array(notificationBody), unread: z.int(), ...pageOf }) },
    handle: async ({ query: { unread, ...page }, caller }) => {
      const listed = await notifications.list(caller, { ...page, unread: unread === 'true' });
      const { items, total } = listed;
      const body = { notifications: items.map(notificationOf), total, unread: listed.unread, ...page };
      return { status: 200, body };
    },
  });

const markRead = ({ notifications }: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'PATCH',
    path: '/notifications/:id/read',
    operationId: 'markNotificationRead',
    summary: 'The caller has read it',
    tags,
    permission: 'runs:view',
    params: idParams,
    responses: { 204: 'nothing' },
    handle: async ({ params: { id }, caller }) => {
      found((await notifications.markRead(caller, id)) || undefined, `notification ${id}`);
      return { status: 204 };
    },
  });

const markAllRead = ({ notifications }: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'PATCH',
    path: '/notifications/read-all',
    operationId: 'markAllNotificationsRead',
    summary: 'The caller has read them all',
    tags,
    permission: 'runs:view',
    responses: { 200: z.object({ marked: z.int() }) },
    handle: async ({ caller }) => ({ status: 200, body: { marked: await notifications.markAllRead(caller) } }),
  });

const remove = ({ notifications }: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'DELETE',
    path: '/notifications/:id',
    operationId: 'deleteNotification',
    summary: 'Delete a notification, for everybody',
    tags,
    permission: 'integrations:manage',
    params: idParams,
    responses: { 204: 'nothing' },
    handle: async ({ params: { id }, caller: { workspace } }) => {
      found((await notifications.remove(workspace, id)) || undefined, `notification ${id}`);
      return { status: 204 };
    },
  });

const deliveryBody = z
  .object({
    id: z.guid().describe('what the receiver is told, at every attempt'),
    notification_id: z.guid(),
    channel_id: z.guid().nullable(),
    channel_name: z.string().nullable(),
    title: z.string(),
    state: z.enum(['waiting', 'delivered', 'dead']),
    attempts: z.int(),
    last_error: z.string().nullable(),
    next_attempt_at: instant.nullable(),
    created_at: instant,
    ended_at: instant.nullable(),
  })
  .meta({ id: 'NotificationDelivery' });

const deliveryOf = (delivery: ShownDelivery) => ({
  id: delivery.id,
  notification_id: delivery.notificationId,
  channel_id: delivery.channelId,
  channel_name: delivery.channelName,
  title: delivery.title,
  state: delivery.state,
  attempts: delivery.attempts,
  last_error: delivery.lastError,
  next_attempt_at: isoOrNull(delivery.nextAttemptAt),
  created_at: delivery.createdAt.toISOString(),
  ended_at: isoOrNull(delivery.endedAt),
});

const deliveries = ({ outbox }: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/notification-deliveries',
    operationId: 'listNotificationDeliveries',
    summary: 'What was sent, waits or was given up, newest first',
    tags,
    permission: 'integrations:view',
    query: z.strictObject({
      state: z.enum(['waiting', 'delivered', 'dead']).optional(),
      channel_id: z.guid().optional(),
      limit: limit(50),
      offset,
    }),
    responses: { 200: z.object({ deliveries: z.array(deliveryBody), ...pageOf }) },
    handle: async ({ query: { state, channel_id: channelId, ...page }, caller: { workspace } }) => {
      const { items, total } = await outbox.list(workspace, {
        ...page,
        ...(state !== undefined && { state }),
        ...(channelId !== undefined && { channelId }),
      });
      return { status: 200, body: { deliveries: items.map(deliveryOf), total, ...page } };
    },
  });

const redeliver = ({ outbox }: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'POST',
    path: '/notification-deliveries/:id/redeliver',
    operationId: 'redeliverNotification',
    summary: 'Send one again that was given up',
    tags,
    permission: 'integrations:manage',
    params: idParams,
    responses: { 202: z.object({ delivery_id: z.guid() }) },
    handle: async ({ params: { id }, caller: { workspace } }) => {
      found((await outbox.revive(workspace, id)) || undefined, `delivery ${id} that was given up`);
      return { status: 202, body: { delivery_id: id } };
    },
  });

export const notificationRoutes = (deps: ConfigurationDeps): readonly Route[] =>
  [markAllRead, list, markRead, remove, deliveries, redeliver].map((route) => route(deps));
