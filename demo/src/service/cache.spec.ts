import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { memoryCache } from './cache.ts';

const cache = memoryCache();
afterEach(() => cache.close());

test('keeps a copy, as Redis does: changing the original changes nothing', async () => {
  const user = { name: 'Ada' };
  await cache.set('user:1', user, 60);
  user.name = 'Bob';
  expect(await cache.get('user:1')).toEqual({ name: 'Ada' });
});

test('forgets what is dropped, and what has had its time', async () => {
  await cache.set('a', 1, 60);
  await cache.set('b', 2, 0.02);
  await cache.drop('a');
  await sleep(60);
  expect([await cache.get('a'), await cache.get('b')]).toEqual([undefined, undefined]);
});

test('a new value starts a new time to live', async () => {
  await cache.set('a', 1, 0.05);
  await cache.set('a', 2, 60);
  await sleep(90);
  expect(await cache.get('a')).toBe(2);
});

test('gives a lock to one at a time, until it is freed', async () => {
  expect(await cache.lock('lock', 60)).toBe(true);
  expect(await cache.lock('lock', 60)).toBe(false);
  await cache.drop('lock');
  expect(await cache.lock('lock', 60)).toBe(true);
});
