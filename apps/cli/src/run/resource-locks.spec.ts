import { expect, test } from '@jest/globals';
import { ResourceLocks } from './resource-locks.ts';

const never = new AbortController().signal;
const settled = async (promise: Promise<unknown>): Promise<boolean> =>
  Promise.race([promise.then(() => true), new Promise<boolean>((resolve) => setImmediate(() => resolve(false)))]);

test('flows that share no resource run together', async () => {
  const locks = new ResourceLocks();
  await locks.acquire(['orders'], never);
  expect(await settled(locks.acquire(['users'], never))).toBe(true);
});

test('L1: a flow waits for all of its resources and takes none before', async () => {
  const locks = new ResourceLocks();
  const releaseOrders = await locks.acquire(['orders'], never);
  const both = locks.acquire(['orders', 'users'], never);
  expect(await settled(both)).toBe(false);
  expect(await settled(locks.acquire(['users'], never))).toBe(true);
  releaseOrders();
  expect(await settled(both)).toBe(false);
});

test('L2: the first that can be served is served first', async () => {
  const locks = new ResourceLocks();
  const release = await locks.acquire(['orders'], never);
  const order: string[] = [];
  const first = locks.acquire(['orders'], never).then((free) => {
    order.push('first');
    free();
  });
  const second = locks.acquire(['orders'], never).then(() => order.push('second'));
  release();
  await Promise.all([first, second]);
  expect(order).toEqual(['first', 'second']);
});

test('a flow that is cancelled while it waits leaves the queue', async () => {
  const locks = new ResourceLocks();
  const release = await locks.acquire(['orders'], never);
  const cancel = new AbortController();
  const waiting = locks.acquire(['orders'], cancel.signal);
  cancel.abort(new Error('cancelled'));
  await expect(waiting).rejects.toThrow('cancelled');
  release();
  expect(await settled(locks.acquire(['orders'], never))).toBe(true);
});
