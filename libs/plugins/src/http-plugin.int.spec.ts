import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from '@jest/globals';
import type { ActionContext } from '@testmesh/action-kit';
import { mayAskFrom, serverActions } from './allowed.ts';
import { loadPlugins } from './load-plugins.ts';

// A plugin process that answers as each test wants it.

interface Asked {
  readonly path: string;
  readonly body: Record<string, unknown>;
}
type Answers = (asked: Asked, request: IncomingMessage) => unknown;

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
});

const serving = async (answers: Answers, port = 0) => {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const one = { path: request.url ?? '', body: body === '' ? {} : JSON.parse(body) };
    asked.push(one);
    const answer = await answers(one, request);
    if (typeof answer === 'number') response.writeHead(answer).end('no');
    else response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
  });
  servers.push(server.listen(port, '127.0.0.1'));
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
};

const info = {
  id: 'adder',
  version: '1.2.0',
  actions: [
    {
      id: 'add',
      description: 'Add two numbers.',
      schema: { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } }, required: ['a', 'b'] },
    },
  ],
};

const load = (url: string, mayAsk: (url: URL) => boolean = () => true, patienceMs = 0) =>
  loadPlugins([{ kind: 'url', name: url }], { base: '/', taken: [], mayAsk, patienceMs });

const context = (signal = new AbortController().signal) => {
  const logged: string[] = [];
  const parts = { runId: 'r-1', flowName: 'f', stepPath: 'sum', attempt: 1, traceparent: '00', signal };
  return { logged, context: { ...parts, log: (line: string) => void logged.push(line) } as unknown as ActionContext };
};

const performing = async (answer: unknown | Answers) => {
  const process = await serving((asked, request) => {
    if (asked.path === '/info') return info;
    return typeof answer === 'function' ? (answer as Answers)(asked, request) : answer;
  });
  const { plugins, problems } = await load(process.url);
  expect(problems).toEqual([]);
  const [action] = plugins[0]?.actions ?? [];
  if (action === undefined) throw new Error('the plugin has no action');
  return { ...process, action };
};

test('a process says what it can do, and an unknown key of its config is an error', async () => {
  const { action } = await performing({ success: true, output: {} });
  expect(action.plugin).toEqual({ name: 'adder', version: '1.2.0' });
  expect(action.schema).toMatchObject({ type: 'add', summary: 'Add two numbers.' });
  expect(action.schema.config.safeParse({ a: 1, b: 2 }).success).toBe(true);
  expect(action.schema.config.safeParse({ a: 1, b: 2, c: 3 }).success).toBe(false);
  expect(action.schema.config.safeParse({ a: 'one', b: 2 }).success).toBe(false);
});

test('a step is one POST with its config and its place, and the answer’s numbers keep their digits', async () => {
  const { action, asked } = await performing(
    '{"success":true,"output":{"sum":12345678901234567890},"logs":[{"message":"done"}]}',
  );
  const { context: given, logged } = context();
  const outcome = await action.perform({ a: 1, b: 2 }, given);
  expect(outcome).toMatchObject({ kind: 'completed', output: { sum: { text: '12345678901234567890' } } });
  expect(logged).toEqual(['adder: done']);
  expect(asked.at(-1)).toEqual({
    path: '/execute',
    body: {
      call_id: expect.any(String),
      action: 'add',
      config: { a: 1, b: 2 },
      context: { execution_id: 'r-1', flow: 'f', step_id: 'sum', attempt: 1, traceparent: '00' },
    },
  });
});

test('a failure keeps the plugin’s code and words; one without a code is TM4904', async () => {
  const coded = await performing({ success: false, error: { code: 'TOO_BIG', message: 'no fingers left' } });
  expect(await coded.action.perform({ a: 1, b: 2 }, context().context)).toMatchObject({
    kind: 'not-carried-out',
    code: 'TOO_BIG',
    reason: 'add of the plugin adder 1.2.0: no fingers left',
  });
  const bare = await performing({ success: false });
  expect(await bare.action.perform({ a: 1, b: 2 }, context().context)).toMatchObject({
    code: 'TM4904',
    reason: expect.stringContaining('does not say why'),
  });
});

test.each([
  [500, /did not answer as it should: status 500: no/],
  ['<html>', /no JSON: <html>/],
  [{ output: {} }, /success .* in \{"output"/],
  [`{"success":true,"output":{"x":"${'x'.repeat(9_000_000)}"}}`, /more than 8388608 bytes/],
])('an answer that is none is TM4903 and names the place', async (answer, reason) => {
  const { action, url } = await performing(answer);
  const outcome = await action.perform({ a: 1, b: 2 }, context().context);
  expect(outcome).toMatchObject({ kind: 'not-carried-out', code: 'TM4903', reason: expect.stringMatching(reason) });
  expect((outcome as { reason: string }).reason).toContain(`add of the plugin adder 1.2.0 at ${url}/`);
});

test('P3: a step that is interrupted closes the connection, and tells a process that understands it', async () => {
  const stop = new AbortController();
  let closed = false;
  const { url, asked } = await serving(({ path }, request) => {
    if (path === '/info') return { ...info, cancel: true };
    if (path === '/cancel') return {};
    request.socket.once('close', () => {
      closed = true;
    });
    stop.abort(new Error('the step timed out'));
    return new Promise(() => undefined);
  });
  const { plugins } = await load(url);
  const running = plugins[0]?.actions[0]?.perform({ a: 1, b: 2 }, context(stop.signal).context);
  await expect(running).rejects.toThrow();
  const [executed, cancelled] = asked.slice(-2);
  expect([executed?.path, cancelled?.path]).toEqual(['/execute', '/cancel']);
  expect(cancelled?.body).toEqual({ call_id: executed?.body['call_id'] });
  expect(closed).toBe(true);
});

test('a place that nobody allowed is never asked', async () => {
  const { url, asked } = await serving(() => info);
  const { problems } = await load(url, () => false);
  expect(problems.map(({ problem }) => [problem.code, problem.help])).toEqual([
    ['TM6205', `if it is meant: TESTMESH_PLUGINS=${url}`],
  ]);
  expect(asked).toEqual([]);
});

test('on a person’s machine loopback may be asked, and what TESTMESH_PLUGINS names', () => {
  const may = mayAskFrom({ TESTMESH_PLUGINS: 'http://plugins.acme:7000, @acme/other' });
  const asked = [
    'http://127.0.0.1:1',
    'http://localhost:1',
    'http://[::1]:1',
    'http://plugins.acme:7000',
    'http://plugins.acme:7001',
    'http://127.0.0.1.evil.com',
  ];
  expect(asked.map((url) => may(new URL(url)))).toEqual([true, true, true, true, false, false]);
});

test('a process that is not there, or says something else, is TM6206; one of another version TM6203', async () => {
  const gone = await load('http://127.0.0.1:1');
  expect(gone.problems[0]?.problem).toMatchObject({ code: 'TM6206', message: expect.stringContaining('ECONNREFUSED') });
  const strange = await load((await serving(() => ({ actions: ['add'] }))).url);
  expect(strange.problems[0]?.problem).toMatchObject({ code: 'TM6206', message: expect.stringContaining('id') });
  const newer = await load((await serving(() => ({ ...info, api: 2 }))).url);
  expect(newer.problems[0]?.problem).toMatchObject({
    code: 'TM6203',
    message: expect.stringMatching(/adder 1\.2\.0 at .* version 2/),
  });
});

test('a server waits for a plugin process that comes up after it', async () => {
  const { url } = await serving(() => info);
  const [first] = servers.splice(0);
  first?.close();
  const loading = load(url, () => true, 20_000);
  await serving(() => info, Number(new URL(url).port));
  expect((await loading).problems).toEqual([]);
});

test('a server that cannot serve what its operator allows says so with all reasons', async () => {
  const known = {
    catalogue: { names: ['add'], load: async () => undefined },
    action: () => Promise.reject(new Error('none')),
    schemas: async () => [],
    plugins: [],
  };
  const { url } = await serving(() => info);
  const env = { TESTMESH_PLUGINS: `${url} @acme/gone` };
  await expect(serverActions(known, env, '/')).rejects.toThrow(/TM6204 .*`add`.*\nTM6201 .*@acme\/gone/s);
  expect(await serverActions(known, {}, '/')).toBe(known);
});
