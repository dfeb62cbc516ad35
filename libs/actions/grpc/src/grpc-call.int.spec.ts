import { connect, createServer, type Server as NetServer, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ActionContext, ActionOutcome } from '@testmesh/action-kit';
import { ExactNumber, type ValueMap } from '@testmesh/domain';
import { actionContext, type TestActionContext } from '@testmesh/testing';
import { grpcCall } from './grpc-call.ts';
import { ECHO_PROTO, type EchoServer, startEchoServer } from './testing/echo-server.ts';

let server: EchoServer;
const contexts: TestActionContext[] = [];

beforeAll(async () => {
  server = await startEchoServer();
});
afterAll(async () => {
  for (const context of contexts) await context.close();
  server.stop();
});

const contextWith = (overrides: Partial<ActionContext> = {}): TestActionContext => {
  const context = actionContext(overrides);
  contexts.push(context);
  return context;
};

const echo = (method: string, config: ValueMap = {}, overrides: Partial<ActionContext> = {}): Promise<ActionOutcome> =>
  grpcCall.perform(
    { address: server.address, service: 'testmesh.echo.EchoService', method, ...config },
    contextWith(overrides),
  );

const output = (outcome: ActionOutcome): ValueMap => {
  if (outcome.kind !== 'completed') throw new Error(outcome.reason);
  return outcome.output;
};

const refusal = (outcome: ActionOutcome): { code: string; reason: string } => {
  if (outcome.kind === 'completed') throw new Error('the call was carried out');
  return outcome;
};

const everything = {
  text: 'hi',
  big: new ExactNumber('9007199254740993'),
  bigger: new ExactNumber('18446744073709551615'),
  small: -3,
  ratio: 0.1,
  exact: 0.30000000000000004,
  flag: true,
  blob: 'AQID',
  color: 'RED',
  inner: { name: 'in' },
  items: [{ name: 'a' }, { name: 'b' }],
  counts: { x: 1 },
  nick: '',
  right: 'r',
  at: '2030-01-02T03:04:05.250Z',
  extra: { deep: [1, 'two', null, { three: true }] },
  repeat: 0,
};

test('a unary call found by reflection brings back every kind of field as it was sent', async () => {
  const result = output(await echo('Say', { request: everything }));
  expect(result).toMatchObject({ status: 'OK', code: 0, error_message: '', trailers: { spent: '3' } });
  expect(result['response']).toEqual(everything);
});

test('the same call works with a .proto file, and a service name without its package', async () => {
  const result = output(await echo('Say', { request: everything, proto: ECHO_PROTO, service: 'EchoService' }));
  expect(result['response']).toEqual(everything);
});

test('zero values are there; unset messages, optionals and oneof members are absent', async () => {
  const { response } = output(await echo('Say', { request: { text: 'only' } }));
  expect(response).toEqual({
    text: 'only',
    big: 0,
    bigger: 0,
    small: 0,
    ratio: 0,
    exact: 0,
    flag: false,
    blob: '',
    color: 'COLOR_UNSPECIFIED',
    items: [],
    counts: {},
    repeat: 0,
  });
});

test('metadata, the trace context and routing headers reach the server', async () => {
  const result = output(
    await echo('Say', { metadata: { Authorization: 'Bearer x' } }, { routingHeaders: { 'X-Route': 'canary' } }),
  );
  expect(result['metadata']).toMatchObject({
    'seen-authorization': 'Bearer x',
    'seen-x-route': 'canary',
    'seen-traceparent': expect.stringMatching(/^00-/),
  });
});

test('a stream of answers comes as a list', async () => {
  const { messages, response } = output(await echo('Count', { request: { repeat: 3 } }));
  expect((messages as ValueMap[]).map(({ small }) => small)).toEqual([1, 2, 3]);
  expect(response).toEqual({ messages });
});

test('max_messages leaves the stream without a failure', async () => {
  const result = output(await echo('Count', { request: { repeat: 1000 }, max_messages: 2 }));
  expect(result['status']).toBe('OK');
  expect(result['messages']).toHaveLength(2);
});

test('a stream of more than ten thousand answers is refused unless max_messages says otherwise', async () => {
  expect(refusal(await echo('Count', { request: { repeat: 10_001 } })).code).toBe('TM4406');
});

test('several requests are streamed to the server', async () => {
  const { response } = output(await echo('Join', { requests: [{ text: 'a' }, { text: 'b' }] }));
  expect(response).toMatchObject({ text: 'a+b' });
});

test('both sides may stream', async () => {
  const { messages } = output(await echo('Chat', { requests: [{ text: 'a' }, { text: 'b' }] }));
  expect((messages as ValueMap[]).map(({ text }) => text)).toEqual(['a!', 'b!']);
});

test('a status that is not OK fails an implied expectation with what the server said', async () => {
  const outcome = await echo('Fail');
  expect(output(outcome)).toMatchObject({ status: 'NOT_FOUND', code: 5, error_message: 'no such echo', messages: [] });
  expect(outcome).toMatchObject({
    implied: [{ passed: false, actual: 'NOT_FOUND', expected: 'OK', message: 'no such echo' }],
  });
});

test('an assertion that names the status may expect NOT_FOUND', async () => {
  const names = (root: string): boolean => root === 'status';
  const expectations = { ...actionContext().expectations, names };
  expect(await echo('Fail', {}, { expectations })).not.toHaveProperty('implied');
});

test('a call that takes longer than its timeout ends with DEADLINE_EXCEEDED', async () => {
  expect(output(await echo('Hang', { timeout: '200ms' }))['status']).toBe('DEADLINE_EXCEEDED');
});

test('a cancelled step stops the call at once with the reason of its signal', async () => {
  const controller = new AbortController();
  const reason = new Error('the step timed out');
  setTimeout(() => controller.abort(reason), 100);
  await expect(echo('Hang', {}, { signal: controller.signal })).rejects.toBe(reason);
});

test('an address where nobody listens is told as such', async () => {
  const { code, reason } = refusal(await echo('Say', { address: '127.0.0.1:1' }));
  expect(code).toBe('ECONNREFUSED');
  expect(reason).toContain('127.0.0.1:1 could not be reached');
});

test('a host that does not exist is told as such', async () => {
  const { reason } = refusal(await echo('Say', { address: 'nowhere.invalid:5005' }));
  expect(reason).toContain('nowhere.invalid:5005 could not be reached');
});

test('a connection lost in mid-call is told as such', async () => {
  const { port, cut, proxy } = await cuttableProxy(server.address);
  const pending = echo('Hang', { address: `127.0.0.1:${port}`, proto: ECHO_PROTO });
  setTimeout(cut, 300);
  const { code, reason } = refusal(await pending);
  proxy.close();
  expect(reason).toContain('was lost during the call');
  expect(code).not.toBe('');
});

test('an answer larger than allowed ends with RESOURCE_EXHAUSTED', async () => {
  const request = { text: 'x'.repeat(5000) };
  const result = output(await echo('Say', { request, max_message_size: '1KB', proto: ECHO_PROTO }));
  expect(result).toMatchObject({ status: 'RESOURCE_EXHAUSTED', error_message: expect.stringContaining('larger') });
});

test('an unknown method or service names those there are', async () => {
  expect(refusal(await echo('Shout')).reason).toContain('has no method Shout; it has Say, Fail, Hang');
  const { code, reason } = refusal(await echo('Say', { service: 'demo.Nobody' }));
  expect(code).toBe('TM4404');
  expect(reason).toContain('has no service demo.Nobody; it has testmesh.echo.EchoService');
});

test('a request that does not fit the message names the place', async () => {
  expect(refusal(await echo('Say', { request: { flag: 'yes' } }))).toMatchObject({
    code: 'TM4405',
    reason: 'request.flag must be true or false, not "yes"',
  });
  expect(refusal(await echo('Say', { request: { txt: 'hi' } })).reason).toContain('Echo has no field txt; it has text');
  expect(refusal(await echo('Say', { request: { small: 3e9 } })).reason).toContain(
    'request.small must be an integer from',
  );
  expect(refusal(await echo('Say', { request: { items: [{ name: 5 }] } })).reason).toBe(
    'request.items[0].name must be a text, not 5',
  );
  expect(refusal(await echo('Say', { request: { left: 'a', right: 'b' } })).reason).toContain('oneof choice');
});

test('a .proto file that is not there, is none, or imports what is not there is told as such', async () => {
  const files: Record<string, string> = {
    'none.proto': 'mesage {',
    'lost.proto': 'syntax = "proto3"; import "gone.proto";',
  };
  const readFile = async (path: string): Promise<Uint8Array> => {
    const text = files[path];
    if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
    return new TextEncoder().encode(text);
  };
  const reason = async (proto: string): Promise<string> => {
    const { code, reason } = refusal(await echo('Say', { proto }, { readFile }));
    return `${code} ${reason}`;
  };
  expect(await reason('away.proto')).toContain('TM4402 away.proto could not be read');
  expect(await reason('none.proto')).toContain('TM4402 none.proto is not a .proto file');
  expect(await reason('lost.proto')).toContain(
    'TM4402 lost.proto imports gone.proto, which is not there; looked for gone.proto',
  );
});

test('a client certificate without its key, or one that is none, is told as such', async () => {
  expect(refusal(await echo('Say', { tls: { cert: '-----BEGIN x' } })).code).toBe('TM4407');
  expect(refusal(await echo('Say', { tls: { cert: '-----BEGIN x', key: '-----BEGIN y' } })).code).toBe('TM4407');
});

test('several requests for a method that takes one are refused', async () => {
  expect(refusal(await echo('Say', { requests: [{}, {}] })).reason).toContain('takes one request');
});

test('a server that speaks only the older reflection is understood', async () => {
  const older = await startEchoServer({ reflection: 'v1alpha' });
  const result = output(await echo('Say', { address: older.address, request: { text: 'old' } }));
  older.stop();
  expect(result['response']).toMatchObject({ text: 'old' });
});

test('a server without reflection asks for its .proto files', async () => {
  const silent = await startEchoServer({ reflection: 'none' });
  const outcome = await echo('Say', { address: silent.address });
  silent.stop();
  expect(refusal(outcome)).toMatchObject({ code: 'TM4403', help: 'give its `.proto` files under `proto`' });
});

test('TLS towards a server without it is told as a connection that cannot be made', async () => {
  expect(refusal(await echo('Say', { tls: true, timeout: '3s' })).reason).toContain('could not be reached');
});

/** A proxy whose connections can be cut. */
const cuttableProxy = async (target: string): Promise<{ port: number; cut: () => void; proxy: NetServer }> => {
  const [host = '', port] = target.split(':');
  const sockets: Socket[] = [];
  const proxy = createServer((inner) => {
    const outer = connect(Number(port), host);
    sockets.push(inner, outer);
    for (const socket of [inner, outer]) socket.on('error', () => socket.destroy());
    inner.pipe(outer).pipe(inner);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    port: (proxy.address() as { port: number }).port,
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
    proxy,
  };
};
