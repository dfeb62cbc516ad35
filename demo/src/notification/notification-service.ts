import type { FastifyInstance } from 'fastify';
import type * as z from 'zod';
import { handler } from '../service/consumer.ts';
import type { Service } from '../service/service.ts';
import {
  type NewNotification,
  orderConfirmation,
  orderPlaced,
  orderSchema,
  statusChangedSchema,
  userCreatedSchema,
  welcome,
} from './notification.ts';
import { insertNotification, NOTIFICATION_TABLES, notificationsOf } from './notification-store.ts';

type OfUser = { Params: { user_id: string } };

export const notificationService: Service = {
  name: 'notification-service',
  port: 5004,
  schema: 'notification_service',
  tables: NOTIFICATION_TABLES,
  publishes: [],
  wire({ database, once, log }) {
    const notify = <Payload>(schema: z.ZodType<Payload>, write: (payload: Payload) => NewNotification) =>
      handler(schema, (payload, { eventId }) => once(eventId, (tx) => insertNotification(tx, write(payload))));

    const routes = (api: FastifyInstance) => {
      api.get<OfUser>('/notifications/:user_id', ({ params }) =>
        notificationsOf(database, params.user_id, { unreadOnly: false }),
      );
      api.get<OfUser>('/notifications/:user_id/unread', ({ params }) =>
        notificationsOf(database, params.user_id, { unreadOnly: true }),
      );
    };

    return {
      routes,
      handlers: {
        'user.created': notify(userCreatedSchema, welcome),
        'order.placed': notify(orderSchema, orderPlaced),
        'order.created': notify(orderSchema, orderConfirmation),
        'order.status.changed': handler(statusChangedSchema, async (change) =>
          log.info(change, 'order status changed'),
        ),
      },
    };
  },
};
