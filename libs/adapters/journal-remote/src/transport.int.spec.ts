import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Clock } from '@testmesh/ports';
import { wayOut } from './dispatcher.ts';
import { NotAdmitted, Refused, Transport, type TransportOptions, Unreachable } from './transport.ts';

const dispatcher = wayOut({});
let server: Server;
let url: string;
/** What the server answers, one after the other; then the last one for ever. */
let answers: ((request: IncomingMessage, response: ServerResponse) => void)[] = [];
let tokens: string[] = [];
let rests: number[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    tokens.push(String(request.headers.authorization));
    const [next] = answers.length > 1 ? answers.splice(0, 1) : answers;
    next?.(request.resume(), response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await dispatcher.destroy();
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  [answers, tokens, rests] = [[], [], []];
});

const well = (_request: IncomingMessage, response: ServerResponse) => void response.end('{"n":12345678901234567890.5}');
const broken = (_request: IncomingMessage, response: ServerResponse) => void response.socket?.destroy();
const saying =
  (status: number, headers: Readonly<Record<string, string>> = {}, body = '') =>
  (_request: IncomingMessage, response: ServerResponse) =>
    void response.writeHead(status, headers).end(body);
const problem = (status: number, detail: string) =>
  saying(status, { 'content-type': 'application/problem+json; charset=utf-8' }, JSON.stringify({ detail }));

/** Time that passes only while somebody sleeps. */
const dreaming = (): Clock => {
  let now = 0;
  return {
    now: () => now,
    monotonic: () => now,
    sleep: async (ms) => {
      rests.push(ms);
      now += ms;
    },
  };
};

const transport = (more: Partial<TransportOptions> = {}): Transport =>
  new Transport({
    ...{ url, instance: 'i', dispatcher, clock: dreaming() },
    random: { next: () => 0, uuid: () => '' },
    token: async () => 'one',
    ...more,
  });
const ask = { method: 'GET', path: '/' } as const;

test('an answer comes back with every digit', async () => {
  answers = [well];
  expect(String(((await transport().ask(ask)) as { readonly n: unknown }).n)).toBe('12345678901234567890.5');
});

test('H2: connections that break and servers that are busy are asked again, after rests that grow', async () => {
  answers = [broken, saying(503), broken, saying(429, { 'retry-after': '3' }), well];
  const told: string[] = [];
  const asked = transport({ onReach: (isReached) => void told.push(isReached ? 'back' : 'gone') });
  await asked.ask(ask);
  expect(rests).toEqual([50, 100, 200, 3000]);
  expect(told).toEqual(['gone', 'back']);
});

test('H2: rests are jittered, between half and the whole', async () => {
  answers = [broken, broken, well];
  await transport({ random: { next: () => 0.999, uuid: () => '' } }).ask(ask);
  expect(rests.map(Math.round)).toEqual([100, 200]);
});

test('H2: who has waited for long enough is told why', async () => {
  answers = [saying(502)];
  await expect(transport({ retryForMs: 1000 }).ask(ask)).rejects.toThrow(Unreachable);
  expect(rests.reduce((sum, rest) => sum + rest, 0)).toBeLessThanOrEqual(1000);
  await expect(transport().ask({ ...ask, retryForMs: 0 })).rejects.toThrow('it answered 502');
});

test('H3: what the server refuses in its own words is final', async () => {
  answers = [problem(404, 'no such run')];
  await expect(transport().ask(ask)).rejects.toThrow(new Refused(404, 'no such run'));
  expect(tokens).toHaveLength(1);
});

test('H3: what stands before the server is not believed when it refuses', async () => {
  answers = [saying(404, {}, '<html>'), saying(401, {}, 'log in to the network'), saying(302), well];
  await transport().ask(ask);
  expect(rests).toHaveLength(3);
});

test('H3: a token that is refused is read anew once', async () => {
  const kept = ['one', 'two', 'three'];
  const refusing = problem(401, 'not known');
  const asked = transport({ token: async () => kept.shift() ?? '' });
  answers = [refusing, well];
  await asked.ask(ask);
  expect(tokens).toEqual(['Bearer one', 'Bearer two']);
  answers = [refusing];
  await expect(asked.ask(ask)).rejects.toThrow(NotAdmitted);
  expect(tokens.slice(2)).toEqual(['Bearer two', 'Bearer three']);
});
