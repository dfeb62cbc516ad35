import { expect, test } from '@jest/globals';
import { actionContext } from './action-context.ts';

test('things are opened once per kind and key and closed in reverse order', async () => {
  const context = actionContext();
  const closed: string[] = [];
  const open = (key: string) =>
    context.use(
      { kind: 'pool', key },
      async () => ({ key }),
      async (thing) => void closed.push(thing.key),
    );
  const first = await open('a');
  expect(await open('a')).toBe(first);
  await open('b');
  expect(context.opened()).toEqual(['pool a', 'pool b']);
  await context.close();
  expect(closed).toEqual(['b', 'a']);
  expect(await context.release('pool', 'a')).toBe(false);
});

test('positions are taken once per resource', async () => {
  const context = actionContext();
  await context.positions('topic', async () => 1);
  expect(await context.positions('topic', async () => 2)).toBe(1);
});
