import { randomUUID } from 'node:crypto';
import type { Queryable } from '../service/database.ts';
import type { NewNotification } from './notification.ts';

export const NOTIFICATION_TABLES = `
  CREATE TABLE IF NOT EXISTS notifications (
    id text PRIMARY KEY DEFAULT gen_random_uuid()::text,
    user_id text NOT NULL,
    order_id text,
    type text NOT NULL,
    message text NOT NULL,
    data jsonb NOT NULL DEFAULT '{}',
    read boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now()
  );
  CREATE INDEX IF NOT EXISTS notifications_user_id ON notifications (user_id, created_at DESC);
  CREATE UNIQUE INDEX IF NOT EXISTS one_confirmation_per_order ON notifications (order_id) WHERE order_id IS NOT NULL`;

export const insertNotification = async (database: Queryable, notification: NewNotification): Promise<void> => {
  const { user_id, order_id, type, message, data } = notification;
  await database.query(
    `INSERT INTO notifications (id, user_id, order_id, type, message, data)
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
    [randomUUID(), user_id, order_id ?? null, type, message, JSON.stringify(data)],
  );
};

export const notificationsOf = async (database: Queryable, userId: string, { unreadOnly }: { unreadOnly: boolean }) => {
  const { rows } = await database.query(
    `SELECT * FROM notifications WHERE user_id = $1 AND NOT ($2 AND read) ORDER BY created_at DESC, id LIMIT 50`,
    [userId, unreadOnly],
  );
  return { notifications: rows, count: rows.length };
};
