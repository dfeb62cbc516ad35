import { connect } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import type { Action, ActionOutcome } from '@testmesh/action-kit';
import { ExactNumber, parseJson, type Value, type ValueMap } from '@testmesh/domain';
import { actionContext } from '@testmesh/testing';
import { mockServerConfigure, mockServerReset, mockServerStart, mockServerStop, mockServerVerify } from './actions.ts';

let context = actionContext();
afterEach(async () => {
  await context.close();
  context = actionContext();
});

/** Runs an action as the flow language would: its author's forms brought to one first. */
const perform = (action: Action, config: Record<string, unknown>): Promise<ActionOutcome> =>
  action.perform((action.schema.normalise?.(config) ?? config) as ValueMap, context);

const output = (outcome: ActionOutcome): ValueMap => {
  if (outcome.kind !== 'completed') throw new Error(outcome.reason);
  return outcome.output;
};

const start = async (endpoints: readonly unknown[], more: Record<string, unknown> = {}): Promise<string> =>
  String(output(await perform(mockServerStart, { name: 'shop', endpoints, ...more }))['base_url']);

interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly body: Value;
}

const ask = async (url: string, init: RequestInit = {}): Promise<Answer> => {
  const response = await fetch(url, { ...init, headers: { connection: 'close', ...(init.headers as object) } });
  const text = await response.text();
  const type = response.headers.get('content-type');
  return { status: response.status, type, body: type === 'application/json' ? parseJson(text) : text };
};

const post = (body: unknown): RequestInit => ({ method: 'POST', body: JSON.stringify(body) });

test('an exact path, a named part and a wildcard each answer', async () => {
  const url = await start([
    { path: '/users/me', response: { body: 'mine' } },
    { path: '/users/:id', response: { body: { id: '{{path.id}}' } } },
    { path: '/files/*', response: { body: '{{request.path}}' } },
  ]);
  expect(await ask(`${url}/users/me`)).toEqual({ status: 200, type: 'text/plain; charset=utf-8', body: 'mine' });
  expect(await ask(`${url}/users/u-7`)).toEqual({ status: 200, type: 'application/json', body: { id: 'u-7' } });
  expect((await ask(`${url}/files/a/b.txt`)).body).toBe('/files/a/b.txt');
});

test('placeholders show the request with its types and digits', async () => {
  const url = await start([
    {
      path: '/echo',
      method: 'POST',
      response: {
        status: 201,
        headers: { Location: '/echo/{{body.id}}' },
        body: { whole: '{{request.body}}', text: 'of {{query.who}}: {{body.id}}' },
      },
    },
  ]);
  const response = await fetch(`${url}/echo?who=ada`, { method: 'POST', body: '{"id":9007199254740993,"ok":true}' });
  expect(response.headers.get('location')).toBe('/echo/9007199254740993');
  expect(parseJson(await response.text())).toEqual({
    whole: { id: new ExactNumber('9007199254740993'), ok: true },
    text: 'of ada: 9007199254740993',
  });
});

test('a placeholder that leads nowhere is an answer that says so', async () => {
  const url = await start([{ path: '/a', response: { body: '{{request.body.missing}}' } }]);
  expect(await ask(`${url}/a`)).toMatchObject({
    status: 500,
    body: { error: expect.stringContaining('there is nothing at {{request.body.missing}}') },
  });
});

test('what matches nothing gets 404 with what there is and what was close', async () => {
  const url = await start([
    { path: '/pay', method: 'POST', match: { headers: { 'X-Key': 'k' } }, response: { body: 1 } },
  ]);
  expect(await ask(`${url}/pay`, { method: 'POST' })).toEqual({
    status: 404,
    type: 'application/json',
    body: {
      error: 'the mock server has no endpoint for POST /pay',
      close: ['POST /pay: header X-Key is null, not k'],
      endpoints: ['POST /pay'],
    },
  });
});

test('headers, query and body decide which endpoint answers; the higher priority wins', async () => {
  const url = await start([
    { path: '/pay', method: 'POST', response: { body: 'any' } },
    {
      path: '/pay',
      method: 'POST',
      priority: 1,
      match: { body: { card: { type: 'gold' } } },
      response: { body: 'gold' },
    },
    {
      path: '/pay',
      method: 'POST',
      priority: 2,
      match: { body_matches: ['$.amount > 100'] },
      response: { body: 'much' },
    },
    {
      path: '/pay',
      method: 'POST',
      priority: 3,
      match: { query: { dry: 'regex:^(yes|1)$' } },
      response: { body: 'dry' },
    },
  ]);
  const gold = { amount: 5, card: { type: 'gold', number: 1 } };
  expect((await ask(`${url}/pay`, post({ amount: 5 }))).body).toBe('any');
  expect((await ask(`${url}/pay`, post(gold))).body).toBe('gold');
  expect((await ask(`${url}/pay`, post({ ...gold, amount: 500 }))).body).toBe('much');
  expect((await ask(`${url}/pay?dry=yes`, post({}))).body).toBe('dry');
});

test('what is configured later wins over what was there', async () => {
  const url = await start([{ path: '/a', response: { body: 'first' } }]);
  const configured = await perform(mockServerConfigure, {
    server: 'shop',
    endpoint: { path: '/a', response: { body: 'second' } },
  });
  expect(output(configured)).toMatchObject({ endpoints_added: 1, status: 'configured' });
  expect((await ask(`${url}/a`)).body).toBe('second');
});

test('responses are given in order, and the last one stays', async () => {
  const url = await start([
    { path: '/flaky', responses: [{ status: 503 }, { status: 503 }, { status: 200, body: { call: '{{call}}' } }] },
  ]);
  const statuses = [];
  for (let index = 0; index < 4; index += 1) statuses.push((await ask(`${url}/flaky`)).status);
  expect(statuses).toEqual([503, 503, 200, 200]);
});

test('answers show the state and change it', async () => {
  const url = await start(
    [
      {
        path: '/users',
        method: 'POST',
        response: {
          body: { id: '{{state.next}}' },
          state_changes: [
            { action: 'append', path: 'users', value: { id: '{{state.next}}', name: '{{body.name}}' } },
            { action: 'increment', path: 'next' },
          ],
        },
      },
      { path: '/users', response: { body: '{{state.users}}' } },
    ],
    { state: { users: [], next: 1 } },
  );
  await ask(`${url}/users`, post({ name: 'Ada' }));
  expect((await ask(`${url}/users`, post({ name: 'Grace' }))).body).toEqual({ id: 2 });
  expect((await ask(`${url}/users`)).body).toEqual([
    { id: 1, name: 'Ada' },
    { id: 2, name: 'Grace' },
  ]);
  await perform(mockServerReset, {});
  expect((await ask(`${url}/users`, post({ name: 'Edsger' }))).body).toEqual({ id: 1 });
});

test('a verification counts what came and says what came instead', async () => {
  const url = await start([{ path: '/pay', method: 'POST', response: { status: 201 } }]);
  await ask(`${url}/pay`, { ...post({ amount: 5 }), headers: { authorization: 'Bearer secret' } });
  await ask(`${url}/other`);
  const outcome = await perform(mockServerVerify, {
    assertions: [
      {
        path: '/pay',
        method: 'POST',
        count: 1,
        body_matches: ['$.amount == 5'],
        headers: { Authorization: 'Bearer secret' },
      },
      { path: '/pay', method: 'POST', count: 2 },
      { path: '/pay', body_matches: ['$.amount > 10'] },
      { path: '/refunds', count: 0 },
      { path: '/pay', count_min: 1, count_max: 3 },
    ],
  });
  if (outcome.kind !== 'completed') throw new Error(outcome.reason);
  expect(outcome.implied?.map(({ passed }) => passed)).toEqual([true, false, false, true, true]);
  expect(outcome.implied?.[1]).toMatchObject({
    actual: 1,
    expected: 2,
    message: '1 requests match; received: POST /pay, GET /other',
  });
  expect(outcome.implied?.[2]?.message).toContain('$.amount > 10 does not hold for the body');
  expect(outcome.output).toMatchObject({ verified: false, count: 2 });
  expect(JSON.stringify(outcome)).not.toContain('Bearer secret"}');
  expect(outcome.exchange?.seen).toEqual([
    { request: 'POST /pay', status: 201, body: '{"amount":5}' },
    { request: 'GET /other', status: 404 },
  ]);
});

test('a server stops with the step that stops it, or with the run', async () => {
  const url = await start([{ path: '/a', response: {} }]);
  expect(output(await perform(mockServerStop, {}))).toMatchObject({ status: 'stopped', count: 0 });
  await expect(ask(`${url}/a`)).rejects.toThrow();
  expect(await perform(mockServerStop, {})).toMatchObject({ kind: 'not-carried-out', code: 'TM4601' });

  const second = await start([{ path: '/a', response: {} }]);
  await context.close();
  await expect(ask(`${second}/a`)).rejects.toThrow();
});

test('with several servers a step must name its own', async () => {
  await start([], { name: 'one', endpoints: undefined });
  await start([], { name: 'two', endpoints: undefined });
  expect(await perform(mockServerVerify, { assertions: [{ path: '/' }] })).toMatchObject({
    code: 'TM4601',
    reason: 'there are several mock servers: one, two',
  });
  expect(await perform(mockServerStart, { name: 'two' })).toMatchObject({ code: 'TM4602' });
});

test('a taken port, a bad pattern and a bad condition are told as such', async () => {
  const url = await start([{ path: '/a', response: {} }]);
  const port = Number(new URL(url).port);
  expect(await perform(mockServerStart, { port })).toMatchObject({
    code: 'EADDRINUSE',
    help: '`port: 0` picks a free one',
  });
  const endpoint = (match: unknown) => ({ path: '/b', match, response: {} });
  expect(await perform(mockServerConfigure, { endpoint: endpoint({ body_pattern: '(' }) })).toMatchObject({
    code: 'TM4603',
    at: 'endpoints',
  });
  expect(await perform(mockServerConfigure, { endpoint: endpoint({ body_matches: ['amount big'] }) })).toMatchObject({
    code: 'TM4603',
    reason: expect.stringContaining('is not a condition'),
  });
});

test('a mock can close the connection, never answer, or answer late', async () => {
  const url = await start([
    { path: '/cut', response: { close_connection: true } },
    { path: '/hang', response: { hang: true } },
    { path: '/late', response: { delay_ms: 120, body: 'late' } },
  ]);
  await expect(ask(`${url}/cut`)).rejects.toThrow();
  await expect(ask(`${url}/hang`, { signal: AbortSignal.timeout(150) })).rejects.toThrow();
  const began = Date.now();
  expect((await ask(`${url}/late`)).body).toBe('late');
  expect(Date.now() - began).toBeGreaterThanOrEqual(115);
});

test('a body larger than the mock takes is refused, and recorded', async () => {
  const url = await start([{ path: '/a', method: 'POST', response: {} }]);
  const answer = await ask(`${url}/a`, { method: 'POST', body: 'x'.repeat(11 * 1024 * 1024) });
  expect(answer.status).toBe(413);
  expect(output(await perform(mockServerVerify, { assertions: [{ path: '/a', count: 1 }] }))['calls']).toMatchObject([
    { status: 413 },
  ]);
});

test('a client that leaves in the middle of its request does not disturb the mock', async () => {
  const url = await start([{ path: '/a', response: { body: 'still here' } }]);
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  await new Promise<void>((resolve) =>
    socket.write('POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf', () => resolve()),
  );
  socket.destroy();
  expect((await ask(`${url}/a`)).body).toBe('still here');
});
