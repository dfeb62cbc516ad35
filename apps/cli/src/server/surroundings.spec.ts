import { expect, test } from '@jest/globals';
import { surroundingsOf } from './surroundings.ts';

test('everything that is wrong is told at once, by its variable', () => {
  const wrong = {
    DATABASE_URL: 'mysql://root@127.0.0.1/x',
    TESTMESH_ENCRYPTION_KEYS: 'bad',
    TESTMESH_LOG_LEVEL: 'loud',
    TESTMESH_DOCKER: 'yes',
    TESTMESH_TRUSTED_PROXIES: 'proxy',
    TESTMESH_HEALTH_PORT: 'http',
    TESTMESH_PUBLIC_URL: 'here',
  };
  const read = () => surroundingsOf(wrong, 'keys');
  expect(read).toThrow(expect.objectContaining({ reason: 'usage' }));
  for (const name of Object.keys(wrong)) expect(read).toThrow(name);
});

test('limits are taken, and one machine of one person may do what that person may', () => {
  const read = surroundingsOf({ TESTMESH_REQUESTS_PER_MINUTE: '5', TESTMESH_LOG_LEVEL: 'debug' }, 'loopback');
  expect(read.edge.requestsPerMinute).toBe(5);
  expect(read.logLevel).toBe('debug');
  expect(read.operator.docker).toBe('allow-all');
  expect(surroundingsOf({}, 'keys').operator.docker).toBe('refuse');
  expect(surroundingsOf({}, 'keys').logLevel).toBe('warn');
});
