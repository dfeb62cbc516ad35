import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import { handler } from '../service/consumer.ts';
import type { ServiceContext } from '../service/context.ts';
import { check, HttpError, wantsFresh } from '../service/http.ts';
import type { Service } from '../service/service.ts';
import {
  DEMO_PRODUCTS,
  inventoryChanged,
  inventorySchema,
  type NewProduct,
  newProductSchema,
  type ProductRow,
  presentProduct,
  productCreated,
} from './product.ts';
import {
  deleteProduct,
  findProduct,
  insertProduct,
  latestProducts,
  PRODUCT_TABLES,
  restockDemoProducts,
  setInventory,
  takeFromInventory,
} from './product-store.ts';

const PRODUCT_TTL_SECONDS = 10 * 60;
const LOCK_TTL_SECONDS = 5;
/** A change of inventory takes its time, so that two at once meet at the lock. */
const INVENTORY_CHANGE_MS = 100;

type ById = { Params: { id: string } };

const productKey = (id: string) => `product:${id}`;
const lockKey = (id: string) => `lock:inventory:${id}`;
const notFound = (id: string) => new HttpError(404, `product ${id} not found`);

const orderPlacedSchema = z.object({
  items: z.array(z.object({ product_id: z.string(), quantity: z.int().positive() })).min(1),
});

const createProduct = async (context: ServiceContext, product: NewProduct): Promise<ProductRow> => {
  const created = await context.transaction(async (tx) => {
    const inserted = await insertProduct(tx, product);
    if (context.faults.current.lose_writes) await deleteProduct(tx, inserted.id);
    await context.publish(tx, productCreated(inserted));
    return inserted;
  });
  await context.cache.set(productKey(created.id), created, PRODUCT_TTL_SECONDS);
  return created;
};

const readProduct = async ({ cache, database }: ServiceContext, id: string, fresh: boolean): Promise<ProductRow> => {
  const cached = fresh ? undefined : await cache.get(productKey(id));
  if (cached !== undefined) return cached as ProductRow;
  const product = await findProduct(database, id);
  if (product === undefined) {
    await cache.drop(productKey(id));
    throw notFound(id);
  }
  await cache.set(productKey(id), product, PRODUCT_TTL_SECONDS);
  return product;
};

const changeInventory = async (context: ServiceContext, id: string, inventory: number): Promise<ProductRow> => {
  const { cache, transaction, publish } = context;
  if (!(await cache.lock(lockKey(id), LOCK_TTL_SECONDS))) {
    throw new HttpError(409, `the inventory of product ${id} is being changed by another request`);
  }
  try {
    await sleep(INVENTORY_CHANGE_MS);
    const changed = await transaction(async (tx) => {
      const change = await setInventory(tx, id, inventory);
      if (change === undefined) throw notFound(id);
      await publish(tx, inventoryChanged(change));
      return findProduct(tx, id);
    });
    await cache.drop(productKey(id));
    return changed as ProductRow;
  } finally {
    await cache.drop(lockKey(id));
  }
};

const whenOrderPlaced = ({ once, publish, cache }: ServiceContext) =>
  handler(orderPlacedSchema, async ({ items }, { eventId }) => {
    // Always in the same order, so that two orders of the same products cannot wait for each other's rows.
    const inOrder = items.toSorted((one, other) => one.product_id.localeCompare(other.product_id));
    await once(eventId, async (tx) => {
      for (const { product_id, quantity } of inOrder) {
        const change = await takeFromInventory(tx, product_id, quantity);
        if (change !== undefined) await publish(tx, inventoryChanged(change));
      }
    });
    await cache.drop(...items.map(({ product_id }) => productKey(product_id)));
  });

export const productService: Service = {
  name: 'product-service',
  port: 5002,
  schema: 'product_service',
  tables: PRODUCT_TABLES,
  publishes: ['product.created', 'product.inventory.changed'],
  async wire(context) {
    const { database, cache } = context;
    await restockDemoProducts(database);
    await cache.drop(...DEMO_PRODUCTS.map(({ id }) => productKey(id)));

    const imageOf = async (id: string): Promise<never> => {
      if ((await findProduct(database, id)) === undefined) throw notFound(id);
      throw new HttpError(503, 'image storage is not configured');
    };

    const routes = (api: FastifyInstance) => {
      api.post('/products', async (request, reply) => {
        const product = await createProduct(context, check(newProductSchema, request.body));
        return reply.status(201).send(presentProduct(product));
      });

      api.get('/products', async () => ({ products: (await latestProducts(database)).map(presentProduct) }));

      api.get<ById>('/products/:id', async (request) =>
        presentProduct(await readProduct(context, request.params.id, wantsFresh(request))),
      );

      api.put<ById>('/products/:id/inventory', async ({ params, body }) => {
        const { inventory } = check(inventorySchema, body);
        return presentProduct(await changeInventory(context, params.id, inventory));
      });

      api.get<ById>('/products/:id/image', ({ params }) => imageOf(params.id));
      api.register(async (upload) => {
        upload.addContentTypeParser('multipart/form-data', (_request, payload, done) => {
          payload.resume();
          done(null);
        });
        upload.post<ById>('/products/:id/image', ({ params }) => imageOf(params.id));
      });
    };

    return { routes, handlers: { 'order.placed': whenOrderPlaced(context) } };
  },
};
