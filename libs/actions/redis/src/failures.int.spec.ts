import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { ActionOutcome } from '@testmesh/action-kit';
import type { ValueMap } from '@testmesh/domain';
import { actionContext, type TestActionContext } from '@testmesh/testing';
import { describeWith } from '../../../../tools/testing/real.ts';
import { actions } from './index.ts';

const perform = (
  type: string,
  config: ValueMap,
  context: TestActionContext,
  signal = context.signal,
): Promise<ActionOutcome> => {
  const action = actions.find(({ schema }) => schema.type === `redis.${type}`);
  if (action === undefined) throw new Error(`there is no redis.${type}`);
  return action.perform(config, { ...context, signal });
};

/** A server that speaks as little Redis as a test wants. */
const tcpServer = async (onConnection: (socket: Socket) => void): Promise<{ url: string; server: Server }> => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
};

describeWith('redis', 'what can go wrong with Redis', (url) => {
  let context: TestActionContext;
  let key: string;
  let server: Server | undefined;
  beforeEach(() => {
    context = actionContext();
    key = `t:${randomUUID()}`;
  });
  afterEach(async () => {
    await context.close();
    server?.close();
    server = undefined;
  });

  test('nothing listens there', async () => {
    expect(await perform('get', { url: 'redis://127.0.0.1:1', key }, context)).toMatchObject({
      kind: 'not-carried-out',
      code: 'ECONNREFUSED',
      reason: expect.stringContaining('127.0.0.1:1'),
    });
  });

  test('credentials are refused, and the password is not repeated', async () => {
    const { hostname, port } = new URL(url);
    const outcome = await perform('get', { url: `redis://ada:wrong-password@${hostname}:${port}`, key }, context);
    expect(outcome).toMatchObject({ kind: 'not-carried-out', code: expect.stringMatching(/^(WRONGPASS|ERR|NOAUTH)/) });
    expect(JSON.stringify(outcome)).not.toContain('wrong-password');
  });

  test('an address that is none is told (TM4301)', async () => {
    expect(await perform('get', { url: 'redis://[', key }, context)).toMatchObject({ code: 'TM4301' });
  });

  test("a key of another type is told in the server's words", async () => {
    await perform('lpush', { url, key, value: 'a' }, context);
    expect(await perform('get', { url, key }, context)).toMatchObject({ kind: 'not-carried-out', code: 'WRONGTYPE' });
    await perform('del', { url, key }, context);
  });

  test('more keys than the limit are an error, not a cut (TM4302)', async () => {
    for (const end of ['a', 'b']) await perform('set', { url, key: `${key}:${end}`, value: '1' }, context);
    const found = await perform('keys', { url, pattern: `${key}:*`, limit: 1 }, context);
    expect(found).toMatchObject({ kind: 'not-carried-out', code: 'TM4302' });
    for (const end of ['a', 'b']) await perform('del', { url, key: `${key}:${end}` }, context);
  });

  test('messages that weigh too much are refused (TM4303)', async () => {
    const subscribe = actions.find(({ schema }) => schema.type === 'redis.subscribe');
    const config = { url, channel: key, max_bytes: 100, timeout: '5s' };
    await subscribe?.prepare?.(config, context);
    await perform('publish', { url, channel: key, message: 'x'.repeat(200) }, context);
    expect(await perform('subscribe', config, context)).toMatchObject({ kind: 'not-carried-out', code: 'TM4303' });
  });

  test('a server that goes silent does not outlast the step', async () => {
    const silent = await tcpServer(() => undefined);
    server = silent.server;
    const step = new AbortController();
    const reason = new Error('the step timed out');
    setTimeout(() => step.abort(reason), 400);
    await expect(perform('get', { url: silent.url, key }, context, step.signal)).rejects.toBe(reason);
  });

  test('a connection lost in the middle of a command is told', async () => {
    const rude = await tcpServer((socket) => socket.once('data', () => socket.destroy()));
    server = rude.server;
    expect(await perform('get', { url: rude.url, key }, context)).toMatchObject({ kind: 'not-carried-out' });
  });

  test('a cancelled wait ends at once with its reason', async () => {
    const controller = new AbortController();
    const waiting = perform('subscribe', { url, channel: key, timeout: '30s' }, context, controller.signal);
    setTimeout(() => controller.abort(new Error('cancelled')), 200);
    await expect(waiting).rejects.toThrow('cancelled');
  });
});
