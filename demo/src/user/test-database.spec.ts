import { expect, test } from '@jest/globals';
import { isAllowedHost } from './test-database.ts';

test.each([
  ['localhost', true],
  ['test-users-1f3a', true],
  ['test-users', false],
  ['my-test-users-1', false],
  ['localhost.example.com', false],
  ['', false],
])('the host %s is allowed: %s', (host, allowed) => {
  expect(isAllowedHost(host, ['localhost', 'test-users-*'])).toBe(allowed);
});
