import { randomUUID } from 'node:crypto';
import type { Queryable } from '../service/database.ts';
import type { Order, OrderItem } from './order.ts';

export const ORDER_TABLES = `
  CREATE TABLE IF NOT EXISTS orders (
    id text PRIMARY KEY DEFAULT gen_random_uuid()::text,
    user_id text NOT NULL,
    total numeric(12,2) NOT NULL,
    status text NOT NULL DEFAULT 'pending',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
  );
  CREATE INDEX IF NOT EXISTS orders_user_id ON orders (user_id);
  CREATE TABLE IF NOT EXISTS order_items (
    id text PRIMARY KEY DEFAULT gen_random_uuid()::text,
    order_id text NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    product_id text NOT NULL,
    quantity integer NOT NULL,
    price numeric(12,2) NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
  );
  CREATE INDEX IF NOT EXISTS order_items_order_id ON order_items (order_id)`;

/** An order that has no id yet. */
export interface NewOrder extends Pick<Order, 'user_id' | 'total' | 'status'> {
  readonly items: readonly Pick<OrderItem, 'product_id' | 'quantity' | 'price'>[];
}

export const insertOrder = async (database: Queryable, order: NewOrder): Promise<Order> => {
  const orderSql = 'INSERT INTO orders (id, user_id, total, status) VALUES ($1, $2, $3, $4) RETURNING *';
  const { rows } = await database.query<Omit<Order, 'items'>>(orderSql, [
    randomUUID(),
    order.user_id,
    order.total,
    order.status,
  ]);
  const inserted = rows[0] as Omit<Order, 'items'>;
  const items = order.items.map((item) => ({ id: randomUUID(), order_id: inserted.id, ...item }));
  for (const { id, order_id, product_id, quantity, price } of items) {
    const itemSql = 'INSERT INTO order_items (id, order_id, product_id, quantity, price) VALUES ($1, $2, $3, $4, $5)';
    await database.query(itemSql, [id, order_id, product_id, quantity, price]);
  }
  return { ...inserted, items };
};

export const deleteOrder = async (database: Queryable, id: string): Promise<void> => {
  await database.query('DELETE FROM orders WHERE id = $1', [id]);
};

const selectOrders = async (database: Queryable, where: string, value: string): Promise<readonly Order[]> => {
  const orders = await database.query<Omit<Order, 'items'>>(
    `SELECT * FROM orders WHERE ${where} ORDER BY created_at DESC LIMIT 100`,
    [value],
  );
  const items = await database.query<OrderItem>(
    `SELECT id, order_id, product_id, quantity, price FROM order_items
     WHERE order_id = ANY($1) ORDER BY created_at, id`,
    [orders.rows.map(({ id }) => id)],
  );
  return orders.rows.map((order) => ({ ...order, items: items.rows.filter(({ order_id }) => order_id === order.id) }));
};

export const findOrder = async (database: Queryable, id: string): Promise<Order | undefined> =>
  (await selectOrders(database, 'id = $1', id))[0];

export const ordersOf = (database: Queryable, userId: string): Promise<readonly Order[]> =>
  selectOrders(database, 'user_id = $1', userId);
