import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { WebSocket } from 'ws';
import { DEFAULT_WORKSPACE } from '../ports.ts';
import { startApi, type TestApi } from '../testing/api.fixture.ts';
import { failed, requested, started, stepFailed, stepStarted, written } from '../testing/flows.ts';
import { followRun } from './follow-run.ts';

let api: TestApi;
let key: string;
let url: string;
beforeAll(async () => {
  api = await startApi();
  key = api.access.addKey(DEFAULT_WORKSPACE);
  await api.app.listen(0, '127.0.0.1');
  url = await api.app.getUrl();
});
afterAll(async () => {
  await api.app.close();
  expect(api.failures).toEqual([]);
});

/** Reads a stream to its end as `id type` lines. */
const stream = async (id: string, query = '', headers: Record<string, string> = {}): Promise<readonly string[]> => {
  const response = await fetch(`${url}/api/v1/executions/${id}/stream${query}`, {
    headers: { 'x-api-key': key, ...headers },
  });
  if (response.status !== 200) return [`${response.status}`];
  const text = await response.text();
  return [...text.matchAll(/^id: (\d+)\nevent: (\w+)$/gm)].map(([, ver, type]) => `${ver} ${type}`);
};

const WHOLE = ['1 RunRequested', '2 RunStarted', '3 StepStarted', '4 StepCompleted', '5 RunCompleted'];
const listening = async () => {
  while (api.live.listeners() === 0) await new Promise((resolve) => setTimeout(resolve, 5));
};

describe('server-sent events', () => {
  test('tell a run from its beginning to its end, each event once, and then stop', async () => {
    const id = await requested(api, key);
    const reading = stream(id);
    await listening();
    written(api, id, started);
    written(api, id, stepStarted, stepFailed);
    api.live.tell(id, api.journal.eventsOf(`run-${id}`).slice(1, 3));
    written(api, id, failed);
    expect(await reading).toEqual(WHOLE);
    expect(api.live.listeners()).toBe(0);
  });

  test('go on where the reader was', async () => {
    const id = await requested(api, key);
    written(api, id, started, stepStarted, stepFailed, failed);
    expect(await stream(id, '?since=3')).toEqual(WHOLE.slice(3));
    expect(await stream(id, '?since=1', { 'last-event-id': '4' })).toEqual(WHOLE.slice(4));
    expect(await stream(id, '', { 'last-event-id': '5' })).toEqual(['204']);
    expect(await stream(id, '', { 'last-event-id': 'x' })).toEqual(['400']);
    expect(await stream(id, '?since=6')).toEqual(['204']);
    expect(await stream(id, '?since=9999')).toEqual(['204']);
    expect(await stream('22222222-2222-4222-8222-222222222222')).toEqual(['404']);
  });

  test('end with the run for a reader that says it has more than there is', async () => {
    const id = await requested(api, key);
    const reading = [stream(id, '?since=9999'), stream(id, '?since=4')];
    while (api.live.listeners() < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    written(api, id, started, stepStarted, stepFailed);
    written(api, id, failed);
    expect(await Promise.all(reading)).toEqual([[], ['5 RunCompleted']]);
    expect(api.live.listeners()).toBe(0);
  });

  test('a reader that takes nothing costs nothing and harms nobody', async () => {
    const id = await requested(api, key);
    const { port } = new URL(url);
    const deaf = connect(Number(port), '127.0.0.1');
    deaf.pause();
    deaf.write(`GET /api/v1/executions/${id}/stream HTTP/1.1\r\nhost: localhost\r\nx-api-key: ${key}\r\n\r\n`);
    await listening();
    const large = { ...started, constants: { filler: 'x'.repeat(300_000) } };
    written(api, id, large);
    for (let at = 0; at < 40; at++)
      written(api, id, { ...large, type: 'PositionsRecorded', resource: 'r', positions: large.constants });
    const reading = stream(id);
    written(api, id, failed);
    expect((await reading).at(-1)).toBe('43 RunCompleted');
    deaf.destroy();
    while (api.live.listeners() > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }, 30_000);
});

describe('following a run', () => {
  test('misses nothing when the feed says nothing, and repeats nothing when it says too much', async () => {
    const id = await requested(api, key);
    const seen: number[] = [];
    const following = (async () => {
      const pages = followRun({ journal: api.journal, live: api.live }, id, {
        since: 0,
        signal: new AbortController().signal,
        lookEveryMs: 10,
      });
      for await (const page of pages) seen.push(...page.map(({ ver }) => ver));
    })();
    const all = () => api.journal.eventsOf(`run-${id}`);
    const silent = { ...api, live: { ...api.live, tell: () => undefined } };
    written(silent, id, started, stepStarted);
    api.live.tell(id, all());
    api.live.tell(id, [all()[2] as never, all()[1] as never]);
    api.live.tell(id);
    written(silent, id, stepFailed);
    written(silent, id, failed);
    await following;
    expect(seen).toEqual([1, 2, 3, 4, 5]);
  });

  test('ends with its reader', async () => {
    const id = await requested(api, key);
    const gone = new AbortController();
    const pages = followRun({ journal: api.journal, live: api.live }, id, { since: 1, signal: gone.signal });
    expect((await pages.next()).value).toEqual([]);
    const waiting = pages.next();
    gone.abort();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(api.live.listeners()).toBe(0);
  });
});

describe('the WebSocket', () => {
  const open = (id: string, query: string, headers: Record<string, string>, protocols: string[] = []) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/ws/executions/${id}${query}`, protocols, { headers });
    const messages: { type: string; seq: number; data: Record<string, unknown>; execution_id: string }[] = [];
    socket.on('message', (data) => messages.push(JSON.parse(String(data))));
    const closed = new Promise<number>((resolve, reject) => {
      socket.on('close', (code) => resolve(code));
      socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
      socket.on('error', reject);
    });
    return { messages, closed };
  };

  test('tells the run in the words of older clients, with numbers to resume by', async () => {
    const id = await requested(api, key);
    const { messages, closed } = open(id, '', { 'x-api-key': key });
    await listening();
    written(api, id, started, stepStarted, stepFailed, failed);
    expect(await closed).toBe(1000);
    expect(messages).toEqual([
      { type: 'execution.started', execution_id: id, seq: 2, data: { flow_name: 'ping', total_steps: 1 } },
      {
        type: 'step.started',
        execution_id: id,
        seq: 3,
        data: { step_id: 'ping', step_name: 'ping', action: 'http_request', phase: 'steps' },
      },
      {
        type: 'step.failed',
        execution_id: id,
        seq: 4,
        data: { step_id: 'ping', step_name: 'ping', duration_ms: 12, error_message: 'status == 200' },
      },
      {
        type: 'execution.failed',
        execution_id: id,
        seq: 5,
        data: {
          passed_steps: 0,
          failed_steps: 1,
          total_steps: 1,
          duration_ms: 15,
          error: 'ping: status == 200 does not hold',
          verdict: 'failed',
        },
      },
    ]);
    const again = open(id, '?since=4', {}, ['testmesh', `key.${key}`]);
    expect(await again.closed).toBe(1000);
    expect(again.messages.map(({ type }) => type)).toEqual(['execution.failed']);
  });

  test('is refused to strangers like every other route', async () => {
    const id = await requested(api, key);
    const stranger = api.access.addKey('33333333-3333-4333-8333-333333333333');
    expect(await open(id, '', {}).closed).toBe(401);
    expect(await open(id, '', { 'x-api-key': stranger }).closed).toBe(404);
    expect(await open(id, '?since=-1', { 'x-api-key': key }).closed).toBe(400);
    expect(await open('nothing', '', { 'x-api-key': key }).closed).toBe(404);
  });
});

describe('a key with as many streams as it may have', () => {
  let small: TestApi;
  let at: string;
  beforeAll(async () => {
    small = await startApi({ streamLimits: { perCaller: 2, inAll: 3 } });
    await small.app.listen(0, '127.0.0.1');
    at = await small.app.getUrl();
  });
  const closers: (() => void)[] = [];
  afterAll(async () => {
    for (const close of closers) close();
    await small.app.close();
  });

  test('is told so, and gets the next one when one has ended', async () => {
    const [own, other] = [small.access.addKey(DEFAULT_WORKSPACE), small.access.addKey(DEFAULT_WORKSPACE)];
    const id = await requested(small, own);
    const open = async (apiKey: string) => {
      const control = new AbortController();
      closers.push(() => control.abort());
      const headers = { 'x-api-key': apiKey };
      const response = await fetch(`${at}/api/v1/executions/${id}/stream`, { headers, signal: control.signal });
      return { response, close: () => control.abort() };
    };
    const socketOf = (apiKey: string) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(`${at.replace('http', 'ws')}/ws/executions/${id}`, {
          headers: { 'x-api-key': apiKey },
        });
        closers.push(() => socket.terminate());
        socket.on('error', () => undefined).on('open', () => resolve('open'));
        socket.on('unexpected-response', (_request, { statusCode }) => resolve(String(statusCode)));
      });
    const first = await open(own);
    expect(first.response.status).toBe(200);
    expect(await socketOf(own)).toBe('open');
    const { response } = await open(own);
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '10']);
    expect(await response.json()).toMatchObject({
      detail: expect.stringContaining('2 streams are open with this key'),
    });
    expect(await socketOf(own)).toBe('429');
    expect((await open(other)).response.status).toBe(200);
    expect(await (await open(other)).response.json()).toMatchObject({
      detail: expect.stringContaining('3 streams are open on this server'),
    });
    first.close();
    while ((await open(own)).response.status !== 200) await new Promise((resolve) => setTimeout(resolve, 10));
  });
});

test('a server that stops waits for no connection on which nothing was asked', async () => {
  const other = await startApi();
  await other.app.listen(0, '127.0.0.1');
  const socket = connect(Number(new URL(await other.app.getUrl()).port), '127.0.0.1');
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await new Promise((resolve) => other.app.getHttpServer().once('connection', resolve));
  const begun = performance.now();
  await Promise.all([closed, other.app.close()]);
  expect(performance.now() - begun).toBeLessThan(15_000);
}, 60_000);

test('a server that stops ends its streams', async () => {
  const other = await startApi();
  const own = other.access.addKey(DEFAULT_WORKSPACE);
  await other.app.listen(0, '127.0.0.1');
  const id = await requested(other, own);
  const response = await fetch(`${await other.app.getUrl()}/api/v1/executions/${id}/stream`, {
    headers: { 'x-api-key': own },
  });
  const begun = performance.now();
  const [text] = await Promise.all([response.text(), other.app.close()]);
  expect(text).toContain('event: RunRequested');
  expect(performance.now() - begun).toBeLessThan(5000);
});
