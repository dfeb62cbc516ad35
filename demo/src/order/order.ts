import * as z from 'zod';
import { type FaultSwitch, spellUserId } from '../service/faults.ts';
import { type DomainEvent, event } from '../service/outbox.ts';

// The two ways to order. A basket of items waits for a decision (`pending`); one product is bought at once (`confirmed`).

/** The most numeric(12,2) can hold. */
export const MAX_TOTAL = 9_999_999_999.99;

const quantity = z.int().min(1).max(1_000_000);
const id = z.string().min(1).max(200);
const line = z.object({ product_id: id, quantity });

const basketSchema = z.object({ user_id: id, items: z.array(line).min(1).max(100) });
const purchaseSchema = line.extend({ user_id: id.optional() });

/** An order as asked for; without a user a guest buys. */
export interface OrderRequest {
  readonly userId: string | undefined;
  readonly lines: readonly z.infer<typeof line>[];
  readonly status: 'pending' | 'confirmed';
}

const hasItems = (body: unknown): boolean => typeof body === 'object' && body !== null && 'items' in body;

/** Which of the two a body is, judged by its `items`: so an error speaks of the form that was meant. */
export const orderRequestSchema = z.unknown().transform((body, context): OrderRequest => {
  const parsed = hasItems(body) ? basketSchema.safeParse(body) : purchaseSchema.safeParse(body);
  if (!parsed.success) {
    for (const { path, message } of parsed.error.issues) context.addIssue({ code: 'custom', path, message });
    return z.NEVER;
  }
  const { data } = parsed;
  return 'items' in data
    ? { userId: data.user_id, lines: data.items, status: 'pending' }
    : { userId: data.user_id, lines: [{ product_id: data.product_id, quantity: data.quantity }], status: 'confirmed' };
});

export interface OrderItem {
  readonly id: string;
  readonly order_id: string;
  readonly product_id: string;
  readonly quantity: number;
  /** Of the whole line: the product's price times the quantity. */
  readonly price: number;
}

export interface Order {
  readonly id: string;
  readonly user_id: string;
  readonly items: readonly OrderItem[];
  readonly total: number;
  readonly status: string;
  readonly created_at: Date;
  readonly updated_at: Date;
}

const cents = (amount: number): number => Math.round(amount * 100);

/** Money is added up in cents: 29.99 times 2 is 59.98, and 0.1 three times is 0.3. */
export const linePrice = (unitPrice: number, count: number): number => (cents(unitPrice) * count) / 100;
export const total = (prices: readonly number[]): number => prices.reduce((sum, price) => sum + cents(price), 0) / 100;

/** How many of each product the order takes, over all its lines. */
export const demand = (lines: OrderRequest['lines']): ReadonlyMap<string, number> =>
  lines.reduce(
    (sums, { product_id, quantity: count }) => sums.set(product_id, (sums.get(product_id) ?? 0) + count),
    new Map<string, number>(),
  );

/** Every order is placed; one that is confirmed at once is confirmed and created in the same breath. */
export const orderEvents = (
  faults: FaultSwitch,
  { id: orderId, user_id, items, total, status }: Order,
): DomainEvent[] => {
  const lines = items.map(({ product_id, quantity: count, price }) => ({ product_id, quantity: count, price }));
  const payload = spellUserId(faults, { order_id: orderId, user_id, items: lines, total });
  const topics = status === 'confirmed' ? ['order.placed', 'order.confirmed', 'order.created'] : ['order.placed'];
  return topics.map((topic) => event(topic, orderId, payload));
};

export interface OrderGraph {
  readonly nodes: readonly { readonly id: string; readonly label: 'User' | 'Product' }[];
  readonly edges: readonly {
    readonly from: string;
    readonly to: string;
    readonly type: 'PURCHASED';
    readonly order_id: string;
  }[];
}

/** Who bought what, as a graph: the user, the products, and an edge per order and product. */
export const orderGraph = (userId: string, orders: readonly Order[]): OrderGraph => {
  const edges = orders.flatMap(({ id: orderId, items }) =>
    [...new Set(items.map(({ product_id }) => product_id))].map((to) => ({
      from: userId,
      to,
      type: 'PURCHASED' as const,
      order_id: orderId,
    })),
  );
  const products = [...new Set(edges.map(({ to }) => to))];
  return {
    nodes: [{ id: userId, label: 'User' }, ...products.map((product) => ({ id: product, label: 'Product' as const }))],
    edges,
  };
};
