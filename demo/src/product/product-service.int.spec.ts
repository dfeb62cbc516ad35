import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { describeWith } from '../../../tools/testing/real.ts';
import { createSystem, eventually, type Started, type System, send } from '../testing/system.ts';
import { productService } from './product-service.ts';

const TOPICS = ['product.created', 'product.inventory.changed', 'order.placed'];
const WIDGET = { name: 'Test Widget', description: 'A test product', price: 29.99, inventory: 100 };

describeWith('postgres', 'the product service', (postgres) =>
  describeWith('kafka', 'with a broker', (kafka) =>
    describeWith('redis', 'and Redis', (redis) => {
      let system: System;
      let service: Started;
      let products: string;

      beforeAll(async () => {
        system = await createSystem({ postgres, kafka, redis }, TOPICS);
        service = await system.start(productService);
        products = `${service.url}/api/v1/products`;
      }, 60_000);
      afterEach(() => service.break({}));
      afterAll(() => system?.stop(), 30_000);

      const create = async (): Promise<string> => (await send('POST', products, WIDGET)).body.id;
      const inventoryOf = async (id: string) =>
        (await system.query('SELECT inventory FROM product_service.products WHERE id = $1', [id]))[0]?.['inventory'];
      const orderOf = (id: string, quantity: number) => ({
        event_type: 'order.placed',
        order_id: randomUUID(),
        user_id: 'u',
        items: [{ product_id: id, quantity, price: 1 }],
        total: 1,
      });

      test('creates a product with its price as a number, and announces it', async () => {
        const { status, body } = await send('POST', products, WIDGET);
        expect({ status, body }).toMatchObject({ status: 201, body: { ...WIDGET, stock: 100 } });
        expect(await inventoryOf(body.id)).toBe(100);
        const { payload } = await system.event('product.created', body.id);
        expect(payload).toEqual({
          event_type: 'product.created',
          product_id: body.id,
          name: WIDGET.name,
          price: 29.99,
          inventory: 100,
        });
      });

      test.each([
        [{ ...WIDGET, name: undefined }, 'name'],
        [{ ...WIDGET, price: 0 }, 'price'],
        [{ ...WIDGET, price: '29.99' }, 'price'],
        [{ ...WIDGET, inventory: -1 }, 'inventory'],
      ])('answers 400 to %j', async (body, field) => {
        const reply = await send('POST', products, body);
        expect(reply).toEqual({ status: 400, body: { error: expect.stringMatching(`^${field}: `) } });
      });

      test('has the products of the guides in stock, under both paths', async () => {
        for (const id of ['prod-001', 'SKU-100']) {
          const { status, body } = await send('GET', `${service.url}/products/${id}`);
          expect({ status, id: body.id }).toEqual({ status: 200, id });
          expect(body.stock).toBeGreaterThan(0);
        }
        const { body } = await send('GET', products);
        expect(body.products.map(({ id }: { id: string }) => id)).toEqual(
          expect.arrayContaining(['prod-001', 'SKU-100']),
        );
      });

      test('restocks them at boot, and serves nobody the old number', async () => {
        await send('GET', `${products}/prod-001`);
        await system.query("UPDATE product_service.products SET inventory = 0 WHERE id = 'prod-001'");
        const again = await system.start(productService);
        // Other systems on the same broker may order some of them at any moment.
        expect((await send('GET', `${again.url}/products/prod-001`)).body.stock).toBeGreaterThan(900);
        await again.stop();
      });

      test('answers 404 to an unknown product', async () => {
        const missing = { status: 404, body: { error: 'product nothing not found' } };
        expect(await send('GET', `${products}/nothing`)).toEqual(missing);
        expect(await send('PUT', `${products}/nothing/inventory`, { inventory: 1 })).toEqual(missing);
      });

      test('sets an inventory, to nothing as well, and shows it at once', async () => {
        const id = await create();
        const { status, body } = await send('PUT', `${products}/${id}/inventory`, { inventory: 0 });
        expect({ status, inventory: body.inventory }).toEqual({ status: 200, inventory: 0 });
        expect((await send('GET', `${products}/${id}`)).body.inventory).toBe(0);
        const { payload } = await system.event('product.inventory.changed', id);
        expect(payload).toMatchObject({ product_id: id, old_inventory: 100, new_inventory: 0 });
      });

      test('lets one change of an inventory through at a time', async () => {
        const id = await create();
        const change = () => send('PUT', `${products}/${id}/inventory`, { inventory: 5 });
        const statuses = (await Promise.all([change(), change()])).map(({ status }) => status);
        expect(statuses.sort()).toEqual([200, 409]);
        expect(await change()).toMatchObject({ status: 200 });
      });

      test('takes what was ordered, says so, and forgets what it had cached', async () => {
        const id = await create();
        await system.publish('order.placed', orderOf(id, 2));
        await eventually(async () => ((await inventoryOf(id)) === 98 ? true : undefined));
        expect(
          await eventually(async () => {
            const { body } = await send('GET', `${products}/${id}`);
            return body.inventory === 98 ? body.stock : undefined;
          }),
        ).toBe(98);
        const { payload } = await system.event('product.inventory.changed', id);
        expect(payload).toEqual({
          event_type: 'product.inventory.changed',
          product_id: id,
          old_inventory: 100,
          new_inventory: 98,
        });
      });

      test('takes an order once however often it is delivered, and never goes below nothing', async () => {
        const id = await create();
        const order = orderOf(id, 60);
        const headers = { event_id: randomUUID() };
        await system.publish('order.placed', order, headers);
        await system.publish('order.placed', order, headers);
        await system.publish('order.placed', orderOf(id, 60));
        await eventually(async () => ((await inventoryOf(id)) === 0 ? true : undefined));
        await eventually(() => (system.events('product.inventory.changed', id).length === 2 ? true : undefined));
        expect(system.events('product.inventory.changed', id).map(({ payload }) => payload['new_inventory'])).toEqual([
          40, 0,
        ]);
      });

      test('keeps going after an event that makes no sense', async () => {
        const id = await create();
        await system.publish('order.placed', 'not json');
        await system.publish('order.placed', { items: 'none' });
        await system.publish('order.placed', orderOf(id, 1));
        await eventually(async () => ((await inventoryOf(id)) === 99 ? true : undefined));
      });

      test('has no storage for images, and knows whose image it would be', async () => {
        const id = await create();
        const none = { status: 503, body: { error: 'image storage is not configured' } };
        expect(await send('GET', `${products}/${id}/image`)).toEqual(none);
        const form = new FormData();
        form.set('image', new Blob(['x']), 'x.png');
        const upload = await fetch(`${products}/${id}/image`, { method: 'POST', body: form });
        expect({ status: upload.status, body: await upload.json() }).toEqual(none);
        expect(await send('GET', `${products}/nothing/image`)).toMatchObject({ status: 404 });
      });

      test('broken on purpose, it answers 201 and the row is not there', async () => {
        await service.break({ lose_writes: true });
        expect(await inventoryOf(await create())).toBeUndefined();
      });
    }),
  ),
);
