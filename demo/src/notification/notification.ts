import * as z from 'zod';

export const userCreatedSchema = z.object({ user_id: z.string(), email: z.string(), name: z.string() });
export const orderSchema = z.object({ order_id: z.string(), user_id: z.string(), total: z.number() });
export const statusChangedSchema = z.object({ order_id: z.string(), old_status: z.string(), new_status: z.string() });

/** Only an order confirmation names its order; there is one per order. */
export interface NewNotification {
  readonly user_id: string;
  readonly order_id?: string;
  readonly type: 'user.created' | 'order.placed' | 'order_confirmation';
  readonly message: string;
  readonly data: Readonly<Record<string, unknown>>;
}

type OrderFacts = z.infer<typeof orderSchema>;

export const welcome = ({ user_id, email, name }: z.infer<typeof userCreatedSchema>): NewNotification => ({
  user_id,
  type: 'user.created',
  message: `Welcome, ${name}!`,
  data: { email, name },
});

export const orderPlaced = ({ order_id, user_id, total }: OrderFacts): NewNotification => ({
  user_id,
  type: 'order.placed',
  message: `Your order ${order_id} over ${total.toFixed(2)} was placed.`,
  data: { order_id, total },
});

export const orderConfirmation = ({ order_id, user_id, total }: OrderFacts): NewNotification => ({
  user_id,
  order_id,
  type: 'order_confirmation',
  message: `Your order ${order_id} over ${total.toFixed(2)} is confirmed.`,
  data: { order_id, total },
});
