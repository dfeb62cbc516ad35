import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import type { ActionContext, ActionOutcome } from '@testmesh/action-kit';
import type { AssertionRecord, ValueMap } from '@testmesh/domain';
import { actionContext } from '@testmesh/testing';
import { waitFor } from './wait-for.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

const serve = async (listener: RequestListener): Promise<number> => {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
};

const freePort = async (): Promise<number> => {
  const port = await serve(() => undefined);
  const server = servers.pop();
  await new Promise((resolve) => server?.close(resolve));
  return port;
};

const wait = (config: ValueMap, overrides: Partial<ActionContext> = {}): Promise<ActionOutcome> =>
  waitFor.perform({ timeout: '400ms', interval: '20ms', ...config }, actionContext(overrides));

const finished = (outcome: ActionOutcome): { output: ValueMap; record: AssertionRecord | undefined } => {
  if (outcome.kind !== 'completed') throw new Error(outcome.reason);
  return { output: outcome.output, record: outcome.implied?.[0] };
};

test('it asks until the service answers as it should', async () => {
  let asked = 0;
  const port = await serve((_, response) => {
    asked += 1;
    response.writeHead(asked < 3 ? 503 : 200).end(JSON.stringify({ status: asked < 4 ? 'starting' : 'ok' }));
  });
  const outcome = await wait({
    url: `http://127.0.0.1:${port}/health`,
    json_path: '$.status',
    json_value: 'ok',
    timeout: '5s',
  });
  const { output, record } = finished(outcome);
  expect(output).toMatchObject({ success: true, attempts: 4, last_result: { status_code: 200, json_value: 'ok' } });
  expect(record).toMatchObject({ passed: true, group: 'implied' });
});

test('at the deadline it says the last thing it saw', async () => {
  const port = await serve((_, response) => response.end('{"status":"starting"}'));
  const { output, record } = finished(
    await wait({ url: `http://127.0.0.1:${port}/`, json_path: '$.status', json_value: 'ok' }),
  );
  expect(output['success']).toBe(false);
  expect(record?.expression).toBe(`GET http://127.0.0.1:${port}/ answers 200 with $.status == "ok"`);
  expect(record?.message).toContain('the last one: it answered 200, but $.status is "starting"');
});

test('types count: a text is not the number it looks like', async () => {
  const port = await serve((_, response) => response.end('{"n":"5"}'));
  const { record } = finished(await wait({ url: `http://127.0.0.1:${port}`, json_path: '$.n', json_value: 5 }));
  expect(record).toMatchObject({ passed: false, message: expect.stringContaining('$.n is "5"') });
});

test('a body without the text, a body that is no JSON and a path that leads nowhere are told apart', async () => {
  const port = await serve((_, response) => response.end('hello'));
  const url = `http://127.0.0.1:${port}`;
  const message = async (config: ValueMap): Promise<string | undefined> =>
    finished(await wait({ url, max_attempts: 1, ...config })).record?.message;
  expect(await message({ body_contains: 'bye' })).toContain('does not contain "bye"');
  expect(await message({ json_path: '$.a' })).toContain('the body is not JSON');
  const json = await serve((_, response) => response.end('{}'));
  expect(await message({ url: `http://127.0.0.1:${json}`, json_path: '$.a' })).toContain('there is nothing at $.a');
});

test('an address where nobody listens is waited for, and told as such', async () => {
  const port = await freePort();
  const { record } = finished(await wait({ url: `http://127.0.0.1:${port}`, timeout: '60ms' }));
  expect(record?.message).toContain(`no answer from 127.0.0.1:${port} (ECONNREFUSED)`);
});

test('a tcp wait ends with the first connection', async () => {
  const port = await serve(() => undefined);
  const { output } = finished(await wait({ host: '127.0.0.1', port: String(port) }));
  expect(output).toMatchObject({ success: true, attempts: 1, last_result: { connected: true } });
});

test('a tcp wait for a closed port fails with the reason', async () => {
  const port = await freePort();
  const { record } = finished(await wait({ host: '127.0.0.1', port, timeout: '60ms' }));
  expect(record).toMatchObject({ passed: false, message: expect.stringContaining('(ECONNREFUSED)') });
});

test('a service that accepts and never answers does not outlast the timeout', async () => {
  const port = await serve(() => undefined);
  const began = performance.now();
  const { record } = finished(await wait({ url: `http://127.0.0.1:${port}`, timeout: '200ms' }));
  expect(record?.message).toContain('no answer within');
  expect(performance.now() - began).toBeLessThan(10_000);
});

test('a connection that is lost in the middle of an answer is one more try', async () => {
  let asked = 0;
  const port = await serve((_, response) => {
    asked += 1;
    response.writeHead(200, { 'content-length': '100' }).write('half');
    if (asked === 1) setTimeout(() => response.destroy(), 10);
    else response.end('x'.repeat(96));
  });
  expect(finished(await wait({ url: `http://127.0.0.1:${port}`, timeout: '5s' })).output).toMatchObject({
    success: true,
    attempts: 2,
  });
});

test('an answer larger than it reads is no answer', async () => {
  const port = await serve((_, response) => response.end('x'.repeat(2 * 1024 * 1024)));
  const { record } = finished(await wait({ url: `http://127.0.0.1:${port}`, max_attempts: 1 }));
  expect(record?.message).toContain('larger than 1048576 bytes');
});

test('a cancelled step stops in mid-request with the reason of its signal', async () => {
  const port = await serve(() => undefined);
  const controller = new AbortController();
  const reason = new Error('the step timed out');
  setTimeout(() => controller.abort(reason), 50);
  await expect(wait({ url: `http://127.0.0.1:${port}`, timeout: '1h' }, { signal: controller.signal })).rejects.toBe(
    reason,
  );
});

test('a path that is no JSONPath ends the wait at once', async () => {
  const port = await serve((_, response) => response.end('{}'));
  const outcome = await wait({ url: `http://127.0.0.1:${port}`, json_path: '$.a[', timeout: '1h' });
  expect(outcome).toMatchObject({ kind: 'not-carried-out', code: 'TM4703' });
});

test('who asserts on `success` judges the wait, so a service may be expected to stay down', async () => {
  const port = await freePort();
  const names = (root: string): boolean => root === 'success';
  const expectations = { ...actionContext().expectations, names };
  expect(finished(await wait({ host: '127.0.0.1', port, timeout: '60ms' }, { expectations })).record).toBeUndefined();
});
