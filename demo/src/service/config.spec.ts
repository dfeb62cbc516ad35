import { expect, test } from '@jest/globals';
import { readConfig } from './config.ts';

const USER = { name: 'user-service', port: 5001, schema: 'user_service' };

test('needs nothing but a password on the machine of a developer', () => {
  const config = readConfig({ DB_PASSWORD: 'admin' }, USER);
  expect(config).toMatchObject({
    host: '127.0.0.1',
    port: 5001,
    database: { host: 'localhost', port: 5432, user: 'root', database: 'postgres', schema: 'user_service', ssl: false },
    redisUrl: undefined,
    kafka: { brokers: [], groupId: 'user-service' },
    testDatabase: { allowed: false },
    faults: { switchable: false, initial: {} },
  });
});

test('takes what it is told, and an empty variable for none', () => {
  const config = readConfig(
    {
      DB_PASSWORD: 'admin',
      PORT: '0',
      KAFKA_BROKERS: 'one:9092, two:9092',
      REDIS_HOST: 'redis',
      REDIS_URL: '',
      TEST_DB_HOSTS: 'test-users-*',
      FAULT: '{"drop_events":["order.placed"]}',
    },
    USER,
  );
  expect(config).toMatchObject({
    port: 0,
    kafka: { brokers: ['one:9092', 'two:9092'] },
    redisUrl: 'redis://redis:6379',
    testDatabase: { hosts: ['test-users-*'] },
    faults: { initial: { drop_events: ['order.placed'] } },
  });
});

test('names every variable that is wrong, at once', () => {
  const read = () => readConfig({ PORT: 'x', FAULT: '{"a":1}', DB_SCHEMA: 'a; DROP' }, USER);
  for (const name of ['PORT', 'FAULT', 'DB_SCHEMA', 'DB_PASSWORD']) expect(read).toThrow(name);
});

test('says that a fault is not JSON', () => {
  expect(() => readConfig({ DB_PASSWORD: 'admin', FAULT: 'drop' }, USER)).toThrow('is not JSON');
});
