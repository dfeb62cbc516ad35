import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import type { ServiceContext } from '../service/context.ts';
import { check, HttpError } from '../service/http.ts';
import type { Service } from '../service/service.ts';
import { type Neighbours, neighbours, type Product } from './neighbours.ts';
import {
  demand,
  linePrice,
  MAX_TOTAL,
  type Order,
  type OrderRequest,
  orderEvents,
  orderGraph,
  orderRequestSchema,
  total,
} from './order.ts';
import { deleteOrder, findOrder, insertOrder, type NewOrder, ORDER_TABLES, ordersOf } from './order-store.ts';

const ORDER_TTL_SECONDS = 30 * 60;

const orderKey = (id: string) => `order:${id}`;

/** Every product once, with enough of it in stock. */
const findProducts = async ({ product }: Neighbours, lines: OrderRequest['lines']): Promise<Map<string, Product>> => {
  const products = new Map<string, Product>();
  for (const [id, wanted] of demand(lines)) {
    const found = await product(id);
    if (found.inventory < wanted) {
      throw new HttpError(
        400,
        `insufficient inventory for product ${id}: ${wanted} ordered, ${found.inventory} in stock`,
      );
    }
    products.set(id, found);
  }
  return products;
};

const priced = ({ lines, status }: OrderRequest, userId: string, products: ReadonlyMap<string, Product>): NewOrder => {
  const items = lines.map((line) => ({
    ...line,
    price: linePrice(products.get(line.product_id)?.price ?? 0, line.quantity),
  }));
  const sum = total(items.map(({ price }) => price));
  if (sum > MAX_TOTAL) throw new HttpError(400, `the order's total of ${sum} is more than ${MAX_TOTAL}`);
  return { user_id: userId, items, status, total: sum };
};

/** Nothing is written, and no guest comes to be, before everything that can refuse the order has been asked. */
const placeOrder = async (context: ServiceContext, others: Neighbours, request: OrderRequest): Promise<Order> => {
  const known = request.userId === undefined ? undefined : await others.user(request.userId);
  const products = await findProducts(others, request.lines);
  const user = known ?? (await others.createGuest());
  const order = await context.transaction(async (tx) => {
    const inserted = await insertOrder(tx, priced(request, user.id, products));
    if (context.faults.current.lose_writes) await deleteOrder(tx, inserted.id);
    for (const event of orderEvents(context.faults, inserted)) await context.publish(tx, event);
    return inserted;
  });
  await context.cache.set(orderKey(order.id), order, ORDER_TTL_SECONDS);
  return order;
};

const readOrder = async ({ cache, database }: ServiceContext, id: string) => {
  const cached = await cache.get(orderKey(id));
  if (cached !== undefined) return { ...(cached as Order), cached: true };
  const order = await findOrder(database, id);
  if (order === undefined) throw new HttpError(404, `order ${id} not found`);
  await cache.set(orderKey(id), order, ORDER_TTL_SECONDS);
  return order;
};

export const orderService: Service = {
  name: 'order-service',
  port: 5003,
  schema: 'order_service',
  tables: ORDER_TABLES,
  publishes: ['order.placed', 'order.confirmed', 'order.created'],
  wire(context) {
    const { database, config } = context;
    const others = neighbours(config);

    const routes = (api: FastifyInstance) => {
      api.post('/orders', async ({ body }, reply) =>
        reply.status(201).send(await placeOrder(context, others, check(orderRequestSchema, body))),
      );

      api.get('/orders', async ({ query }) => {
        const { user_id } = check(z.object({ user_id: z.string('is required') }), query);
        return { orders: await ordersOf(database, user_id) };
      });

      api.get<{ Params: { id: string } }>('/orders/:id', ({ params }) => readOrder(context, params.id));

      api.get<{ Params: { user_id: string } }>('/orders/graph/user/:user_id', async ({ params: { user_id } }) =>
        orderGraph(user_id, await ordersOf(database, user_id)),
      );
    };

    return { routes };
  },
};
