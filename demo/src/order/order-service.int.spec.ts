import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { describeWith } from '../../../tools/testing/real.ts';
import { productService } from '../product/product-service.ts';
import { createSystem, type Started, type System, send } from '../testing/system.ts';
import { userService } from '../user/user-service.ts';
import { orderService } from './order-service.ts';

const TOPICS = ['user.created', 'order.placed', 'order.confirmed', 'order.created'];

describeWith('postgres', 'the order service', (postgres) =>
  describeWith('kafka', 'with a broker', (kafka) =>
    describeWith('redis', 'and Redis', (redis) => {
      let system: System;
      let users: Started;
      let products: Started;
      let orders: Started;

      beforeAll(async () => {
        system = await createSystem({ postgres, kafka, redis }, TOPICS);
        [users, products] = await Promise.all([system.start(userService), system.start(productService)]);
        const neighbours = { USER_SERVICE_URL: users.url, PRODUCT_SERVICE_URL: products.url };
        orders = await system.start(orderService, neighbours);
      }, 60_000);
      afterEach(() => Promise.all([users, products, orders].map((service) => service.break({}))));
      afterAll(() => system?.stop(), 30_000);

      const place = (body: unknown, headers = {}) => send('POST', `${orders.url}/api/v1/orders`, body, headers);
      const newUser = async (): Promise<string> =>
        (await send('POST', `${users.url}/users`, { name: 'Ada', email: `${randomUUID()}@example.com` })).body.id;
      const newProduct = async (inventory = 100): Promise<string> =>
        (await send('POST', `${products.url}/products`, { name: 'Test Widget', price: 29.99, inventory })).body.id;
      const rowOf = async (id: string) =>
        (await system.query('SELECT * FROM order_service.orders WHERE id = $1', [id]))[0];
      const ordersIn = async (userId: string) =>
        (await send('GET', `${orders.url}/api/v1/orders?user_id=${userId}`)).body.orders;

      test('a basket becomes a pending order with exact money, in the tables and as order.placed alone', async () => {
        const [userId, productId] = await Promise.all([newUser(), newProduct()]);
        const { status, body } = await place({ user_id: userId, items: [{ product_id: productId, quantity: 2 }] });
        expect({ status, body }).toMatchObject({
          status: 201,
          body: {
            user_id: userId,
            total: 59.98,
            status: 'pending',
            items: [{ order_id: body.id, quantity: 2, price: 59.98 }],
          },
        });
        expect(await rowOf(body.id)).toMatchObject({ total: 59.98, status: 'pending', user_id: userId });
        const items = await system.query(
          'SELECT i.product_id FROM order_service.order_items i JOIN order_service.orders o ON o.id = i.order_id WHERE o.id = $1',
          [body.id],
        );
        expect(items).toEqual([{ product_id: productId }]);
        expect((await system.event('order.placed', body.id)).payload).toEqual({
          event_type: 'order.placed',
          order_id: body.id,
          user_id: userId,
          items: [{ product_id: productId, quantity: 2, price: 59.98 }],
          total: 59.98,
        });
        const purchase = await place({ user_id: userId, product_id: productId, quantity: 1 });
        await system.event('order.created', purchase.body.id);
        expect(system.events('order.created', body.id)).toEqual([]);
        expect(system.events('order.confirmed', body.id)).toEqual([]);
      });

      test('one product is confirmed at once and announced three times', async () => {
        const userId = await newUser();
        const { status, body } = await send('POST', `${orders.url}/orders`, {
          user_id: userId,
          product_id: 'prod-001',
          quantity: 1,
        });
        expect({ status, body }).toMatchObject({
          status: 201,
          body: { user_id: userId, status: 'confirmed', total: 29.99 },
        });
        for (const topic of ['order.placed', 'order.confirmed', 'order.created']) {
          expect((await system.event(topic, body.id)).payload).toMatchObject({ event_type: topic, order_id: body.id });
        }
      });

      test('without a user a guest buys', async () => {
        const { body } = await place({ product_id: 'SKU-100', quantity: 2 });
        const guest = await send('GET', `${users.url}/users/${body.user_id}`);
        expect(guest).toMatchObject({ status: 200, body: { name: 'Guest' } });
      });

      test('a created order is served from the cache, an order the cache does not know from the table', async () => {
        const { body: order } = await place({ product_id: 'SKU-100', quantity: 1 });
        const path = `${orders.url}/orders/${order.id}`;
        expect(await send('GET', path)).toEqual({ status: 200, body: { ...order, cached: true } });
        const uncached = await system.start(orderService, { REDIS_URL: '' });
        expect(await send('GET', `${uncached.url}/orders/${order.id}`)).toEqual({ status: 200, body: order });
        await uncached.stop();
      });

      test('lists the orders of a user, asks whose, and draws them as a graph', async () => {
        const userId = await newUser();
        const { body: order } = await place({ user_id: userId, product_id: 'SKU-100', quantity: 1 });
        expect(await ordersIn(userId)).toEqual([order]);
        expect(await send('GET', `${orders.url}/orders`)).toEqual({
          status: 400,
          body: { error: 'user_id: is required' },
        });
        expect(await send('GET', `${orders.url}/api/v1/orders/graph/user/${userId}`)).toEqual({
          status: 200,
          body: {
            nodes: [
              { id: userId, label: 'User' },
              { id: 'SKU-100', label: 'Product' },
            ],
            edges: [{ from: userId, to: 'SKU-100', type: 'PURCHASED', order_id: order.id }],
          },
        });
      });

      test('an order that is deleted by SQL takes its items along', async () => {
        const { body: order } = await place({ product_id: 'SKU-100', quantity: 1 });
        await system.query('DELETE FROM order_service.orders WHERE id = $1', [order.id]);
        expect(await system.query('SELECT * FROM order_service.order_items WHERE order_id = $1', [order.id])).toEqual(
          [],
        );
      });

      test('passes the trace of its caller on to whatever happens because of it', async () => {
        const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
        const { body: order } = await place({ product_id: 'SKU-100', quantity: 1 }, { traceparent });
        const traces = [
          await system.event('order.placed', order.id),
          await system.event('user.created', order.user_id),
        ];
        for (const { headers } of traces) expect(headers['traceparent']).toContain('4bf92f3577b34da6a3ce929d0e0e4736');
      });

      describe('refuses', () => {
        test.each([
          [{}, 'product_id: Invalid input: expected string, received undefined'],
          [{ user_id: 'u', items: [] }, 'items: Too small: expected array to have >=1 items'],
          [
            { items: [{ product_id: 'SKU-100', quantity: 1 }] },
            'user_id: Invalid input: expected string, received undefined',
          ],
          [{ product_id: 'SKU-100', quantity: 0 }, 'quantity: Too small: expected number to be >=1'],
        ])('%j', async (body, error) => {
          expect(await place(body)).toEqual({ status: 400, body: { error: expect.stringContaining(error) } });
        });

        test('an unknown user, an unknown product and more than there is, and writes nothing', async () => {
          const userId = await newUser();
          const scarce = await newProduct(1);
          const line = { product_id: scarce, quantity: 1 };
          expect(await place({ user_id: 'nobody', product_id: scarce, quantity: 1 })).toEqual({
            status: 400,
            body: { error: 'user nobody not found' },
          });
          expect(await place({ user_id: userId, product_id: 'nothing', quantity: 1 })).toEqual({
            status: 400,
            body: { error: 'product nothing not found' },
          });
          expect(await place({ user_id: userId, items: [line, line] })).toEqual({
            status: 400,
            body: { error: `insufficient inventory for product ${scarce}: 2 ordered, 1 in stock` },
          });
          expect(await ordersIn(userId)).toEqual([]);
        });

        test('a user who was deleted behind the cache of the user service', async () => {
          const userId = await newUser();
          await system.query('DELETE FROM user_service.users WHERE id = $1', [userId]);
          expect(await place({ user_id: userId, product_id: 'SKU-100', quantity: 1 })).toMatchObject({ status: 400 });
        });
      });

      describe('when a seam breaks', () => {
        test('a user service that is down makes a 503 that names it', async () => {
          const userId = await newUser();
          await users.break({ unavailable: '503' });
          expect(await place({ user_id: userId, product_id: 'SKU-100', quantity: 1 })).toEqual({
            status: 503,
            body: { error: 'user-service is unavailable: it answered 503' },
          });
          await users.break({ unavailable: 'close' });
          expect(await place({ user_id: userId, product_id: 'SKU-100', quantity: 1 })).toEqual({
            status: 503,
            body: { error: expect.stringMatching(/^user-service is unavailable: /) },
          });
          expect(await ordersIn(userId)).toEqual([]);
        });

        test('its events can name the user by the wrong field', async () => {
          await orders.break({ camel_case_user_id: true });
          const { body: order } = await place({ product_id: 'SKU-100', quantity: 1 });
          const { payload } = await system.event('order.placed', order.id);
          expect(payload).toMatchObject({ userId: order.user_id });
          expect(payload).not.toHaveProperty('user_id');
        });

        test('it can answer, cache and announce an order that is in no table', async () => {
          await orders.break({ lose_writes: true });
          const { status, body: order } = await place({ product_id: 'SKU-100', quantity: 1 });
          expect(status).toBe(201);
          expect(await rowOf(order.id)).toBeUndefined();
          expect((await send('GET', `${orders.url}/orders/${order.id}`)).body.cached).toBe(true);
          await system.event('order.created', order.id);
        });
      });
    }),
  ),
);
