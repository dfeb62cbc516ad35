import { expect, test } from '@jest/globals';
import { databaseFrom, demandDatabase } from './database-address.ts';

test.each([
  ['mysql://root@127.0.0.1/x', 'DATABASE_URL is an address of mysql://'],
  ['127.0.0.1', 'DATABASE_URL is no address'],
])('what is no PostgreSQL is not asked as one: %s', (address, message) => {
  expect(() => databaseFrom({ DATABASE_URL: address })).toThrow(message);
});

test('the password may stand apart, and no address is none', () => {
  expect(databaseFrom({ DATABASE_URL: 'postgres://app@db/shop', DATABASE_PASSWORD: 'a b' })).toBe(
    'postgres://app:a%20b@db/shop',
  );
  expect(databaseFrom({ DATABASE_URL: '' })).toBeUndefined();
});

test('a database that nobody serves is named without its password', async () => {
  const asked = demandDatabase('postgres://app:s3cret@127.0.0.1:1/shop');
  await expect(asked).rejects.toThrow(
    'the PostgreSQL 127.0.0.1:1/shop that DATABASE_URL names cannot be used: connect ECONNREFUSED 127.0.0.1:1',
  );
});
