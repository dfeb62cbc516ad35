import { expect, test } from '@jest/globals';
import { myTurn } from './turns.ts';

test('who asks for a name that is held waits until it is let go', async () => {
  const name = crypto.randomUUID();
  const order: string[] = [];
  const first = await myTurn(name);
  const second = myTurn(name).then((turn) => {
    order.push('second');
    return turn;
  });
  await using _other = await myTurn(`${name}-other`);
  order.push('first is done');
  await first[Symbol.asyncDispose]();
  await (await second)[Symbol.asyncDispose]();
  expect(order).toEqual(['first is done', 'second']);
});
