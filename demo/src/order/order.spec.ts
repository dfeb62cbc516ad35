import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { demand, linePrice, type Order, orderEvents, orderGraph, orderRequestSchema, total } from './order.ts';

const order = (status: string, products: readonly string[] = ['p']): Order => ({
  id: 'o',
  user_id: 'u',
  items: products.map((product_id) => ({ id: 'i', order_id: 'o', product_id, quantity: 2, price: 59.98 })),
  total: 59.98,
  status,
  created_at: new Date(0),
  updated_at: new Date(0),
});

describe('money', () => {
  test('is exact where binary fractions are not', () => {
    expect(linePrice(29.99, 2)).toBe(59.98);
    expect(total([0.1, 0.2])).toBe(0.3);
    expect(total([1.1, 1.1, 1.1])).toBe(3.3);
  });

  test('adds up to whole cents, whatever is ordered', async () => {
    const lines = fc.array(fc.tuple(fc.integer({ min: 1, max: 1_000_000 }), fc.integer({ min: 1, max: 1_000 })), {
      maxLength: 20,
    });
    await fc.assert(
      fc.property(lines, (priced) => {
        const inCents = priced.reduce((sum, [cents, quantity]) => sum + cents * quantity, 0);
        expect(total(priced.map(([cents, quantity]) => linePrice(cents / 100, quantity)))).toBe(inCents / 100);
      }),
    );
  });
});

describe('what is asked for', () => {
  test('a basket waits, one product is confirmed, and a guest has no id', () => {
    const lines = [{ product_id: 'p', quantity: 2 }];
    expect(orderRequestSchema.parse({ user_id: 'u', items: lines })).toEqual({ userId: 'u', lines, status: 'pending' });
    expect(orderRequestSchema.parse({ product_id: 'p', quantity: 2 })).toEqual({
      userId: undefined,
      lines,
      status: 'confirmed',
    });
  });

  test.each([
    [null],
    ['text'],
    [{ items: [] }],
    [{ product_id: 'p' }],
    [{ user_id: 'u', items: [{ product_id: 'p', quantity: 1.5 }] }],
  ])('refuses %j', (body) => {
    expect(orderRequestSchema.safeParse(body).success).toBe(false);
  });

  test('the same product on two lines is wanted twice', () => {
    const lines = [
      { product_id: 'p', quantity: 1 },
      { product_id: 'q', quantity: 1 },
      { product_id: 'p', quantity: 2 },
    ];
    expect([...demand(lines)]).toEqual([
      ['p', 3],
      ['q', 1],
    ]);
  });
});

describe('events', () => {
  const topics = (status: string) => orderEvents({ current: {} }, order(status)).map(({ topic }) => topic);

  test('a pending order is placed, a confirmed one is placed, confirmed and created', () => {
    expect(topics('pending')).toEqual(['order.placed']);
    expect(topics('confirmed')).toEqual(['order.placed', 'order.confirmed', 'order.created']);
  });

  test('are keyed by the order and tell what was bought', () => {
    expect(orderEvents({ current: {} }, order('pending'))).toEqual([
      {
        topic: 'order.placed',
        key: 'o',
        payload: {
          event_type: 'order.placed',
          order_id: 'o',
          user_id: 'u',
          items: [{ product_id: 'p', quantity: 2, price: 59.98 }],
          total: 59.98,
        },
      },
    ]);
  });
});

test('the graph has each product once and an edge for each order of it', () => {
  const graph = orderGraph('u', [order('pending', ['p', 'p', 'q']), { ...order('pending'), id: 'o2' }]);
  expect(graph.nodes.map(({ id }) => id)).toEqual(['u', 'p', 'q']);
  expect(graph.edges.map(({ order_id, to }) => `${order_id}:${to}`)).toEqual(['o:p', 'o:q', 'o2:p']);
});
