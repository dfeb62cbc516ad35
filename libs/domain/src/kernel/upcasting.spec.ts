import { expect, test } from '@jest/globals';
import { NewerEvent, upcasting } from './upcasting.ts';

// A vocabulary that changed twice: `price` became a map, then got a currency.
const events = upcasting({
  Ordered: [
    ({ price = 0, ...rest }) => ({ ...rest, price: { amount: price } }),
    ({ price, ...rest }) => ({ ...rest, price: { ...(price as object), currency: 'EUR' } }),
  ],
  Shipped: [],
});

test('an event is written under the version after its last upcaster', () => {
  expect([events.version('Ordered'), events.version('Shipped')]).toEqual([3, 1]);
});

test.each([
  [1, { id: 'a', price: 5 }],
  [2, { id: 'a', price: { amount: 5 } }],
  [3, { id: 'a', price: { amount: 5, currency: 'EUR' } }],
])('version %i is read as today’s', (sv, data) => {
  expect(events.current({ type: 'Ordered', sv, data })).toEqual({ id: 'a', price: { amount: 5, currency: 'EUR' } });
});

test('what a newer process wrote is refused', () => {
  expect(() => events.current({ type: 'Shipped', sv: 2, data: {} })).toThrow(NewerEvent);
  expect(() => events.current({ type: 'Returned', sv: 1, data: {} })).toThrow('knows no event Returned');
});
