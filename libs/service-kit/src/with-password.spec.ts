import { expect, test } from '@jest/globals';
import { serviceSettings } from './service.ts';

const hard = 'a/b@c:d%41 #?é';

test('a password of its own becomes part of the address, whatever is in it', () => {
  const { databaseUrl, redisUrl } = serviceSettings({
    DATABASE_URL: 'postgresql://testmesh@db:5432/testmesh?sslmode=require',
    DATABASE_PASSWORD: hard,
    REDIS_URL: 'rediss://cache:6379',
    REDIS_PASSWORD: hard,
  });
  const [database, redis] = [new URL(databaseUrl), new URL(redisUrl ?? '')];
  expect([database, redis].map(({ password }) => decodeURIComponent(password))).toEqual([hard, hard]);
  expect([database.username, database.host, database.search]).toEqual(['testmesh', 'db:5432', '?sslmode=require']);
});

test('without one the address stays as it is', () => {
  const address = 'postgresql:///testmesh?host=/run/postgresql';
  expect(serviceSettings({ DATABASE_URL: address, DATABASE_PASSWORD: '' }).databaseUrl).toBe(address);
});

test.each([
  ['postgresql://testmesh:other@db/testmesh', 'has a password already'],
  ['postgresql:///testmesh?host=/run/postgresql', 'names no host'],
])('one for %s is refused without being shown', (address, why) => {
  const read = () => serviceSettings({ DATABASE_URL: address, DATABASE_PASSWORD: hard });
  expect(read).toThrow(why);
  expect(read).not.toThrow(hard);
});
