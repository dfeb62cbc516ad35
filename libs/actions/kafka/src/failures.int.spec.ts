import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Action } from '@testmesh/action-kit';
import type { ValueMap } from '@testmesh/domain';
import { actionContext, type TestActionContext } from '@testmesh/testing';
import { describeWith } from '../../../../tools/testing/real.ts';
import { kafkaAdminTopics } from './admin.ts';
import { kafkaConsumer } from './consumer.ts';
import { kafkaProducer } from './producer.ts';
import { waiting } from './waiting.fixture.ts';

const everyAction: [Action, ValueMap][] = [
  [kafkaProducer, { topic: 'orders', payload: 1 }],
  [kafkaConsumer, { topic: 'orders' }],
  [kafkaAdminTopics, {}],
];
const sasl = { mechanism: 'PLAIN', username: 'ada', password: 'wrong-password' };

const [API_VERSIONS, SASL_HANDSHAKE, SASL_AUTHENTICATE] = [18, 17, 36];
const SASL_AUTHENTICATION_FAILED = 58;

const int16 = (value: number) => Buffer.from([value >> 8, value & 0xff]);
const int32 = (value: number) => Buffer.from([value >>> 24, (value >> 16) & 0xff, (value >> 8) & 0xff, value & 0xff]);
const text = (value: string) => Buffer.concat([int16(value.length), Buffer.from(value)]);

const answers: Readonly<Record<number, Buffer>> = {
  [API_VERSIONS]: Buffer.concat([
    int16(0),
    int32(3),
    ...[API_VERSIONS, SASL_HANDSHAKE, SASL_AUTHENTICATE].flatMap((api) => [
      int16(api),
      int16(0),
      int16(api === SASL_HANDSHAKE ? 1 : 0),
    ]),
    int32(0),
  ]),
  [SASL_HANDSHAKE]: Buffer.concat([int16(0), int32(1), text('PLAIN')]),
  [SASL_AUTHENTICATE]: Buffer.concat([int16(SASL_AUTHENTICATION_FAILED), text('invalid credentials'), int32(0)]),
};

/** As much of a broker as it takes to refuse credentials. */
const refuseCredentials = (socket: Socket): void => {
  socket.on('data', (request) => {
    const [api, correlationId] = [request.readInt16BE(4), request.subarray(8, 12)];
    const body = answers[api] ?? Buffer.alloc(0);
    socket.write(Buffer.concat([int32(4 + body.length), correlationId, body]));
  });
};

describe('what can go wrong before Kafka answers', () => {
  let context: TestActionContext;
  let server: Server | undefined;
  const sockets: Socket[] = [];
  beforeEach(() => {
    context = actionContext();
  });
  afterEach(async () => {
    await context.close();
    for (const socket of sockets.splice(0)) socket.destroy();
    server?.close();
    server = undefined;
  });

  const listening = async (onConnection: (socket: Socket) => void): Promise<string> => {
    const listener = createServer((socket) => {
      sockets.push(socket.on('error', () => undefined));
      onConnection(socket);
    });
    server = listener;
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    return `127.0.0.1:${(listener.address() as AddressInfo).port}`;
  };

  test.each(everyAction)('nothing listens there: $schema.type', async ({ perform }, config) => {
    expect(await perform({ brokers: '127.0.0.1:1,127.0.0.1:2', ...config }, context)).toMatchObject({
      kind: 'not-carried-out',
      code: 'ECONNREFUSED',
      reason: 'no Kafka broker could be reached at 127.0.0.1:1,127.0.0.1:2: the connection was refused',
    });
    expect(context.opened()).toEqual([]);
  });

  test('a preparation that fails leaves the run as it was', async () => {
    const prepared = kafkaConsumer.prepare?.({ brokers: '127.0.0.1:1', topic: 'orders' }, context);
    await expect(prepared).rejects.toThrow();
    expect(context.opened()).toEqual([]);
  });

  test.each(everyAction)(
    'a server that goes silent does not outlast the step: $schema.type',
    async ({ perform }, config) => {
      const brokers = await listening(() => {});
      const startedAt = performance.now();
      const outcome = await perform({ brokers, timeout: '700ms', ...config }, context);
      expect(outcome).toMatchObject({ kind: 'not-carried-out', code: expect.stringMatching(/^(ETIMEDOUT|TM4208)$/) });
      await context.close();
      expect(performance.now() - startedAt).toBeLessThan(10_000);
    },
  );

  test('K1: what a step gave up opening is not tried further', async () => {
    let connections = 0;
    const brokers = await listening((socket) => {
      socket.resume();
      connections += 1;
    });
    await kafkaConsumer.perform({ brokers, topic: 'orders', timeout: '300ms' }, context);
    await sleep(1000);
    expect(connections).toBe(1);
    expect(sockets.map(({ destroyed }) => destroyed)).toEqual([true]);
  });

  test('K2: a step that waits for the same connection is not told the timeout of another', async () => {
    let connections = 0;
    const brokers = await listening((socket) => {
      connections += 1;
      if (connections > 1) refuseCredentials(socket);
    });
    const ask = (timeout: string) => kafkaAdminTopics.perform({ brokers, sasl, timeout }, context);
    expect(await Promise.all([ask('300ms'), ask('5s')])).toMatchObject([
      { code: 'ETIMEDOUT' },
      { code: 'SASL_AUTHENTICATION_FAILED' },
    ]);
  });

  test('a preparation ends with its signal, whatever the broker does', async () => {
    const brokers = await listening(() => {});
    const limited = { ...context, signal: AbortSignal.timeout(300) };
    await expect(kafkaConsumer.prepare?.({ brokers, topic: 'orders' }, limited)).rejects.toThrow();
    const startedAt = performance.now();
    await context.close();
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });

  test('a server that hangs up is told, with what it may want', async () => {
    const brokers = await listening((socket) => socket.once('data', () => socket.destroy()));
    expect(await kafkaConsumer.perform({ brokers, topic: 'orders' }, context)).toMatchObject({
      code: 'ECONNRESET',
      reason: `Kafka at ${brokers} closed the connection`,
      help: 'does this listener want tls or sasl?',
    });
  });

  test.each(everyAction)('credentials are refused: $schema.type', async ({ perform }, config) => {
    const brokers = await listening(refuseCredentials);
    const outcome = await perform({ brokers, sasl, ...config }, context);
    expect(outcome).toMatchObject({
      kind: 'not-carried-out',
      code: 'SASL_AUTHENTICATION_FAILED',
      reason: `Kafka at ${brokers} refused the credentials of user "ada" (PLAIN)`,
    });
    expect(JSON.stringify(outcome)).not.toContain('wrong-password');
    expect(context.secrets).toContain('wrong-password');
  });

  test('a mechanism that the broker does not offer is told', async () => {
    const brokers = await listening(refuseCredentials);
    const other = { ...sasl, mechanism: 'SCRAM-SHA-256' };
    const outcome = await kafkaConsumer.perform({ brokers, topic: 'orders', sasl: other, timeout: '5s' }, context);
    expect(outcome).toMatchObject({ kind: 'not-carried-out' });
    expect(JSON.stringify(outcome)).not.toContain('wrong-password');
  });
});

describeWith('kafka', 'a listener that speaks otherwise', (brokers) => {
  let context: TestActionContext;
  beforeEach(() => {
    context = actionContext();
  });
  afterEach(() => context.close());

  test('credentials are not taken on a plain listener', async () => {
    expect(await kafkaAdminTopics.perform({ brokers, sasl }, context)).toMatchObject({
      kind: 'not-carried-out',
      reason: expect.stringContaining(`Kafka at ${brokers}`),
    });
  });

  test('TLS is not spoken there', async () => {
    const outcome = await kafkaAdminTopics.perform({ brokers, tls: true, timeout: '8s' }, context);
    expect(outcome).toMatchObject({ kind: 'not-carried-out', reason: expect.stringContaining(brokers) });
  });

  test('an idle connection sets no timers in the past: kafkajs does, over and over, unless patched', async () => {
    expect(await waiting({ brokers, topic: `t.${context.runId}`, timeout: '1s' }).warnings).toBe('');
  }, 20_000);
});
