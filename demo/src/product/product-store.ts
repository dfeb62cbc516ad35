import { randomUUID } from 'node:crypto';
import type { Queryable } from '../service/database.ts';
import { DEMO_PRODUCTS, type InventoryChange, type NewProduct, type ProductRow } from './product.ts';

export const PRODUCT_TABLES = `
  CREATE TABLE IF NOT EXISTS products (
    id text PRIMARY KEY DEFAULT gen_random_uuid()::text,
    name text NOT NULL,
    description text NOT NULL DEFAULT '',
    price numeric(12,2) NOT NULL,
    inventory integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
  )`;

const RESTOCK = `
  INSERT INTO products (id, name, description, price, inventory) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (id) DO UPDATE SET inventory = EXCLUDED.inventory, updated_at = now()`;

export const restockDemoProducts = async (database: Queryable): Promise<void> => {
  for (const { id, name, description, price, inventory } of DEMO_PRODUCTS) {
    await database.query(RESTOCK, [id, name, description, price, inventory]);
  }
};

export const insertProduct = async (database: Queryable, product: NewProduct): Promise<ProductRow> => {
  const sql = 'INSERT INTO products (id, name, description, price, inventory) VALUES ($1, $2, $3, $4, $5) RETURNING *';
  const { name, description, price, inventory } = product;
  const { rows } = await database.query<ProductRow>(sql, [randomUUID(), name, description, price, inventory]);
  return rows[0] as ProductRow;
};

export const deleteProduct = async (database: Queryable, id: string): Promise<void> => {
  await database.query('DELETE FROM products WHERE id = $1', [id]);
};

export const findProduct = async (database: Queryable, id: string): Promise<ProductRow | undefined> => {
  const { rows } = await database.query<ProductRow>('SELECT * FROM products WHERE id = $1', [id]);
  return rows[0];
};

export const latestProducts = async (database: Queryable): Promise<readonly ProductRow[]> => {
  const { rows } = await database.query<ProductRow>('SELECT * FROM products ORDER BY created_at DESC LIMIT 100');
  return rows;
};

const changeInventory = async (
  database: Queryable,
  newInventory: string,
  parameters: readonly [id: string, amount: number],
): Promise<InventoryChange | undefined> => {
  const sql = `
    UPDATE products SET inventory = ${newInventory}, updated_at = now()
    FROM (SELECT id, inventory FROM products WHERE id = $1 FOR UPDATE) AS before
    WHERE products.id = before.id
    RETURNING products.id AS product_id, before.inventory AS old_inventory, products.inventory AS new_inventory`;
  const { rows } = await database.query<InventoryChange>(sql, [...parameters]);
  return rows[0];
};

export const setInventory = (database: Queryable, id: string, inventory: number) =>
  changeInventory(database, '$2', [id, inventory]);

/** Takes what was ordered; an inventory never goes below nothing. */
export const takeFromInventory = (database: Queryable, id: string, quantity: number) =>
  changeInventory(database, 'GREATEST(before.inventory - $2, 0)', [id, quantity]);
