import * as z from 'zod';
import { type DomainEvent, event } from '../service/outbox.ts';

const MAX_INTEGER = 2_147_483_647;
/** The most numeric(12,2) can hold. */
const MAX_PRICE = 9_999_999_999.99;

const inventory = z.int().min(0).max(MAX_INTEGER);

export const newProductSchema = z.object({
  name: z.string().min(1).max(200),
  description: z.string().max(10_000).default(''),
  price: z.number().min(0.01).max(MAX_PRICE),
  inventory: inventory.default(0),
});

export const inventorySchema = z.object({ inventory });

export type NewProduct = z.infer<typeof newProductSchema>;

export interface ProductRow {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly price: number;
  readonly inventory: number;
  readonly created_at: Date;
  readonly updated_at: Date;
}

export interface InventoryChange {
  readonly product_id: string;
  readonly old_inventory: number;
  readonly new_inventory: number;
}

/** What every order of a flow may rely on; restocked at each boot. */
export const DEMO_PRODUCTS = [
  { id: 'prod-001', name: 'Demo Widget', description: 'Always in stock after a boot.', price: 29.99, inventory: 1000 },
  { id: 'SKU-100', name: 'Demo Gadget', description: 'Always in stock after a boot.', price: 49.5, inventory: 1000 },
] as const;

/** `stock` is another name for `inventory`. */
export const presentProduct = (row: ProductRow) => ({ ...row, stock: row.inventory });

export const productCreated = ({ id, name, price, inventory }: ProductRow): DomainEvent =>
  event('product.created', id, { product_id: id, name, price, inventory });

export const inventoryChanged = (change: InventoryChange): DomainEvent =>
  event('product.inventory.changed', change.product_id, { ...change });
