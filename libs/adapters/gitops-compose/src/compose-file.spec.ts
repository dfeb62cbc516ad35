import { expect, test } from '@jest/globals';
import { composeServices } from './compose-file.ts';

const read = (services: object, rest: object = {}) =>
  composeServices({ where: 'shop.yaml', value: { ...rest, services } as never });

test('reads what a container needs', () => {
  const api = {
    ...{ image: 'orders:1', command: ['serve', 8080], environment: { PORT: 8080, DEBUG: true }, init: true },
    ...{ ports: ['8080', '127.0.0.1:9000:90/udp', '81:80', 5432], mem_limit: '256m', cpus: '0.5', user: 1000 },
    healthcheck: { test: 'curl -f localhost', interval: '1m30s', timeout: '500ms', retries: 3 },
  };
  expect(read({ api }, { name: 'x', version: '3', 'x-defaults': {} }).get('api')).toEqual({
    ...{ image: 'orders:1', command: ['serve', '8080'], environment: { PORT: '8080', DEBUG: 'true' }, init: true },
    ports: [
      { port: '8080/tcp', hostPort: 0 },
      { port: '90/udp', hostPort: 9000 },
      { port: '80/tcp', hostPort: 81 },
      { port: '5432/tcp', hostPort: 0 },
    ],
    ...{ mem_limit: 268_435_456, cpus: 0.5, user: '1000', depends_on: {}, tmpfs: [] },
    healthcheck: { test: 'curl -f localhost', interval: 90e9, timeout: 5e8, retries: 3 },
  });
  const listed = read({ api: { image: 'x', environment: ['A=b=c', 'EMPTY='] } }).get('api');
  expect(listed?.environment).toEqual({ A: 'b=c', EMPTY: '' });
  expect(read({ api: { image: 'x', command: ' serve  --port 80' } }).get('api')?.command).toEqual([
    ...['serve', '--port', '80'],
  ]);
  expect(() => read({ api: { image: 'x', command: 'sh -c "a b"' } })).toThrow(/is written as a list/);
});

test('puts each service after the ones it depends on', () => {
  const services = {
    web: { image: 'x', depends_on: ['api'] },
    api: { image: 'x', depends_on: { db: { condition: 'service_healthy' }, migrate: {} } },
    migrate: { image: 'x', depends_on: ['db'] },
    db: { image: 'x' },
  };
  expect([...read(services).keys()]).toEqual(['db', 'migrate', 'api', 'web']);
  expect(read(services).get('api')?.depends_on).toEqual({
    ...{ db: { condition: 'service_healthy' }, migrate: { condition: 'service_started' } },
  });
});

test('refuses services that wait for each other, or for nobody', () => {
  const circle = { a: { image: 'x', depends_on: ['b'] }, b: { image: 'x', depends_on: ['a'] } };
  expect(() => read(circle)).toThrow('shop.yaml: services wait for each other: a → b → a');
  expect(() => read({ a: { image: 'x', depends_on: ['c'] } })).toThrow('a depends on "c", which is no service');
});

test('refuses by name what reaches beyond the containers', () => {
  const reaching = ['volumes', 'privileged', 'network_mode', 'pid', 'devices', 'cap_add', 'container_name', 'build'];
  for (const key of reaching) {
    expect(() => read({ api: { image: 'x', [key]: 'y' } })).toThrow(`shop.yaml: services.api.${key}: not among`);
  }
  expect(() => read({}, { networks: {}, volumes: {} })).toThrow('shop.yaml: networks, volumes: not among');
});

test('publishes on this machine alone', () => {
  for (const port of ['0.0.0.0:80:80', '192.168.0.1::80', '[::]:80:80']) {
    expect(() => read({ api: { image: 'x', ports: [port] } })).toThrow(/services\.api\.ports\.0: /);
  }
  for (const port of ['', 'http', '80:http', '70000', '1:0', '80/sctp', '8000-8010:80']) {
    expect(() => read({ api: { image: 'x', ports: [port] } })).toThrow(/is no port; write "80"/);
  }
});

test('says what is wrong and where', () => {
  expect(() => read({ api: { command: 'x' } })).toThrow(/^shop\.yaml: services\.api\.image: /);
  expect(() => read({ Api: { image: 'x' } })).toThrow(/services\.Api: .*small letters/);
  expect(() => read({ api: { image: 'x', environment: ['HOME'] } })).toThrow(/services\.api\.environment/);
  expect(() => composeServices({ where: 'shop.yaml', value: 'text' })).toThrow(/^shop\.yaml: the file: /);
});
