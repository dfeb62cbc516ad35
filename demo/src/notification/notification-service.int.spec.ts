import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { describeWith } from '../../../tools/testing/real.ts';
import { createSystem, eventually, type Started, type System, send } from '../testing/system.ts';
import { notificationService } from './notification-service.ts';

const TOPICS = ['user.created', 'order.placed', 'order.created', 'order.status.changed'];

describeWith('postgres', 'the notification service', (postgres) =>
  describeWith('kafka', 'with a broker', (kafka) => {
    let system: System;
    let service: Started;

    beforeAll(async () => {
      system = await createSystem({ postgres, kafka }, TOPICS);
      service = await system.start(notificationService);
    }, 60_000);
    afterEach(() => service.break({}));
    afterAll(() => system?.stop(), 30_000);

    const list = async (userId: string, path = '') =>
      (await send('GET', `${service.url}/api/v1/notifications/${userId}${path}`)).body;
    const whenCounted = (userId: string, count: number) =>
      eventually(async () => {
        const { notifications, count: counted } = await list(userId);
        return counted >= count ? notifications : undefined;
      });
    const userCreated = (userId: string) => ({
      event_type: 'user.created',
      user_id: userId,
      email: 'a@b.c',
      name: 'Ada',
    });
    const order = (userId: string) => ({ order_id: randomUUID(), user_id: userId, items: [], total: 59.9 });

    test('welcomes a new user soon after the event', async () => {
      const userId = randomUUID();
      const sent = Date.now();
      await system.publish('user.created', userCreated(userId));
      const [notification] = await whenCounted(userId, 1);
      expect(Date.now() - sent).toBeLessThan(10_000);
      expect(notification).toEqual({
        id: expect.any(String),
        user_id: userId,
        order_id: null,
        type: 'user.created',
        message: 'Welcome, Ada!',
        data: { email: 'a@b.c', name: 'Ada' },
        read: false,
        created_at: expect.any(String),
      });
    });

    test('confirms an order once, and only the confirmation carries the order', async () => {
      const placed = order(randomUUID());
      await system.publish('order.placed', placed);
      await system.publish('order.created', placed);
      await system.publish('order.created', placed);
      await system.publish('user.created', userCreated(placed.user_id));
      await whenCounted(placed.user_id, 3);
      const rows = await system.query('SELECT type FROM notification_service.notifications WHERE order_id = $1', [
        placed.order_id,
      ]);
      expect(rows).toEqual([{ type: 'order_confirmation' }]);
      const [message] = await system.query(
        "SELECT message, data FROM notification_service.notifications WHERE user_id = $1 AND type = 'order.placed'",
        [placed.user_id],
      );
      expect(message).toEqual({
        message: `Your order ${placed.order_id} over 59.90 was placed.`,
        data: { order_id: placed.order_id, total: 59.9 },
      });
    });

    test('is found as `notifications` by whoever sets the search path in the DSN', async () => {
      const placed = order(randomUUID());
      await system.publish('order.created', placed);
      await whenCounted(placed.user_id, 1);
      const client = new pg.Client(`${system.databaseUrl}?options=-c%20search_path%3Dnotification_service`);
      await client.connect();
      const { rows } = await client.query('SELECT * FROM notifications WHERE order_id = $1', [placed.order_id]);
      await client.end();
      expect(rows.map(({ type }) => type)).toEqual(['order_confirmation']);
    });

    test('a second delivery of an event changes nothing', async () => {
      const userId = randomUUID();
      const headers = { event_id: randomUUID() };
      await system.publish('user.created', userCreated(userId), headers);
      await system.publish('user.created', userCreated(userId), headers);
      await system.publish('user.created', userCreated(userId), { event_id: randomUUID() });
      expect(await whenCounted(userId, 2)).toHaveLength(2);
    });

    test('an unknown user has no notifications, and unread ones are those not read', async () => {
      expect(await list('nobody')).toEqual({ notifications: [], count: 0 });
      const userId = randomUUID();
      await system.publish('user.created', userCreated(userId));
      await whenCounted(userId, 1);
      expect((await list(userId, '/unread')).count).toBe(1);
      await system.query('UPDATE notification_service.notifications SET read = true WHERE user_id = $1', [userId]);
      expect((await list(userId, '/unread')).count).toBe(0);
      expect((await list(userId)).count).toBe(1);
    });

    test('what was sent while it was away is there when it comes back', async () => {
      const [before, meanwhile] = [randomUUID(), randomUUID()];
      await system.publish('user.created', userCreated(before));
      await whenCounted(before, 1);
      await service.stop();
      await system.publish('user.created', userCreated(meanwhile));
      service = await system.start(notificationService);
      expect(await whenCounted(meanwhile, 1)).toHaveLength(1);
      expect(await whenCounted(before, 1)).toHaveLength(1);
    }, 60_000);

    test('starts at the newest event when it has never read, and remembers that place', async () => {
      const variables = { KAFKA_GROUP_ID: `late.${randomUUID()}`, DB_SCHEMA: 'late_notification' };
      const [early, meanwhile] = [randomUUID(), randomUUID()];
      await system.publish('user.created', userCreated(early));
      const first = await system.start(notificationService, variables);
      await first.stop();
      await system.publish('user.created', userCreated(meanwhile));
      const second = await system.start(notificationService, variables);
      const seen = await eventually(async () => {
        const rows = await system.query('SELECT user_id FROM late_notification.notifications');
        return rows.length > 0 ? rows.map(({ user_id }) => user_id) : undefined;
      });
      expect(seen).toContain(meanwhile);
      expect(seen).not.toContain(early);
      await second.stop();
    }, 60_000);

    describe('broken on purpose', () => {
      test('drops the events it is told to, and nothing else', async () => {
        await service.break({ drop_events: ['order.placed'] });
        const placed = order(randomUUID());
        await system.publish('order.placed', placed);
        await system.publish('order.created', placed);
        const [notification] = await whenCounted(placed.user_id, 1);
        expect(notification.type).toBe('order_confirmation');
        await service.break({});
        await system.publish('user.created', userCreated(placed.user_id));
        await whenCounted(placed.user_id, 2);
        expect((await list(placed.user_id)).notifications.map(({ type }: { type: string }) => type)).not.toContain(
          'order.placed',
        );
      });

      test('handles events as late as it is told to', async () => {
        await service.break({ consumer_delay_ms: 800 });
        const userId = randomUUID();
        const sent = Date.now();
        await system.publish('user.created', userCreated(userId));
        await whenCounted(userId, 1);
        expect(Date.now() - sent).toBeGreaterThanOrEqual(800);
      });
    });

    test('an event that names the user by another field is left behind, and the next one is not', async () => {
      const { user_id: userId, ...rest } = order(randomUUID());
      await system.publish('order.placed', { ...rest, userId });
      await system.publish('user.created', userCreated(userId));
      const [only, ...others] = await whenCounted(userId, 1);
      expect(only.type).toBe('user.created');
      expect(others).toEqual([]);
    });
  }),
);
