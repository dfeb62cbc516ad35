import { createServer as serveHttp } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadAction } from '@testmesh/catalogue';
import type { ValueMap } from '@testmesh/domain';
import { operatorRules, outboundPolicy } from '@testmesh/outbound';
import { actionContext } from '@testmesh/testing';
import { describeWith } from '../../../tools/testing/real.ts';

// Every action that opens a connection, under a policy: what is denied is not connected to, what is not denied works.

const strict = outboundPolicy(operatorRules({ TESTMESH_OUTBOUND_DENY: '127.0.0.0/8,::1' }, 'server'));
const open = outboundPolicy(operatorRules({}, 'server'));

const perform = async (type: string, config: ValueMap, outbound = strict) => {
  const context = actionContext({ outbound });
  try {
    return await (await loadAction(type)).perform(config, context);
  } finally {
    await context.close();
  }
};

describe('an action under a policy', () => {
  let server: Server;
  let port: number;
  let connections = 0;
  beforeAll(async () => {
    server = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const attempts = (host: string): readonly (readonly [string, ValueMap])[] => [
    ['http_request', { method: 'GET', url: `http://${host}:${port}/` }],
    ['http_request', { method: 'GET', url: `https://${host}:${port}/`, verify_ssl: false }],
    ['wait_for', { url: `http://${host}:${port}/`, timeout: '5s' }],
    ['wait_for', { host, port, timeout: '5s' }],
    ['database_query', { connection: `postgresql://u:p@${host}:${port}/d`, query: 'select 1' }],
    ['database_query', { connection: `mysql://u:p@${host}:${port}/d`, query: 'select 1' }],
    ['redis.get', { url: `redis://${host}:${port}`, key: 'k' }],
    ['redis.get', { url: `rediss://${host}:${port}`, key: 'k' }],
    ['redis.subscribe', { url: `redis://${host}:${port}`, channel: 'k', timeout: '5s' }],
    ['kafka_producer', { brokers: [`${host}:${port}`], topic: 't', messages: [{ value: 'v' }] }],
    ['kafka_consumer', { brokers: [`${host}:${port}`], topic: 't', timeout: '5s' }],
    ['kafka.admin.topics', { brokers: [`${host}:${port}`] }],
    ['grpc_call', { address: `${host}:${port}`, service: 'echo.Echo', method: 'Say', request: {} }],
  ];

  test.each(['127.0.0.1', 'localhost', '2130706433', '0x7f000001'])(
    'does not connect to %s, and says which rule forbids it and who may allow it',
    async (host) => {
      for (const [type, config] of attempts(host)) {
        const began = performance.now();
        const outcome = await perform(type, config);
        const told = JSON.stringify(outcome);
        expect({ type, outcome }).toMatchObject({ outcome: { kind: 'not-carried-out', code: 'TM4801' } });
        expect(told).toContain('this server denies');
        expect(told).toContain('TESTMESH_OUTBOUND_ALLOW');
        expect(performance.now() - began).toBeLessThan(3000);
      }
      expect(connections).toBe(0);
    },
    60_000,
  );

  test('a redirect into the denied range is not followed', async () => {
    const outside = serveHttp((_request, response) =>
      response.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
    );
    await new Promise<void>((resolve) => outside.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(outside.address() as AddressInfo).port}/`;
    const outcome = await perform('http_request', { method: 'GET', url }, open);
    expect(outcome).toMatchObject({ kind: 'not-carried-out', code: 'TM4801' });
    await new Promise((resolve) => outside.close(resolve));
  });

  test('sockets of the machine are refused', async () => {
    const attempted: readonly (readonly [string, ValueMap])[] = [
      ['redis.get', { url: 'unix:///var/run/docker.sock', key: 'k' }],
      ['database_query', { connection: 'postgresql:///d?host=/var/run/postgresql&user=u', query: 'select 1' }],
    ];
    for (const [type, config] of attempted) {
      expect({ type, outcome: await perform(type, config, open) }).toMatchObject({ outcome: { code: 'TM4801' } });
    }
  });

  test('containers and listening to the network are refused on a server', async () => {
    expect(await perform('docker_run', { image: 'postgres:16' })).toMatchObject({ code: 'TM4802' });
    expect(await perform('docker_stop', { container_id: 'x' })).toMatchObject({ code: 'TM4802' });
    const allowed = outboundPolicy(operatorRules({ TESTMESH_DOCKER: 'allow' }, 'server'));
    for (const more of [{ volumes: ['/:/host'] }, { volumes: ['./a:/a:ro'] }, { network: 'host' }]) {
      expect(await perform('docker_run', { image: 'postgres:16', ...more }, allowed)).toMatchObject({ code: 'TM4803' });
    }
    expect(await perform('mock_server_start', { name: 'm', host: '0.0.0.0' })).toMatchObject({ code: 'TM4804' });
    expect(await perform('mock_server_start', { name: 'm' })).toMatchObject({ kind: 'completed' });
  });
});

describeWith('postgres', 'PostgreSQL under a policy that lets it through', (address) => {
  test('answers', async () => {
    const config = { connection: address.replace('127.0.0.1', 'localhost'), query: 'select 1 as one' };
    expect(await perform('database_query', config, open)).toMatchObject({ output: { rows: [{ one: 1 }] } });
  });
});

describeWith('mysql', 'MySQL under a policy that lets it through', (address) => {
  test('answers', async () => {
    const config = { connection: address, query: 'select 1 as one' };
    expect(await perform('database_query', config, open)).toMatchObject({ output: { rows: [{ one: 1 }] } });
  });
});

describeWith('redis', 'Redis under a policy that lets it through', (url) => {
  test('answers', async () => {
    const outcome = await perform('redis.get', { url: url.replace('127.0.0.1', 'localhost'), key: 'none' }, open);
    expect(outcome).toMatchObject({ output: { exists: false } });
  });
});

describeWith('kafka', 'Kafka under a policy that lets it through', (brokers) => {
  test('answers', async () => {
    expect(await perform('kafka.admin.topics', { brokers: brokers.split(',') }, open)).toMatchObject({
      kind: 'completed',
    });
  });
});
