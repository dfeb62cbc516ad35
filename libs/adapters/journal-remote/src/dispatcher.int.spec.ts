import { once } from 'node:events';
import { createSecureServer, type Http2SecureServer, type ServerHttp2Session } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { seededRandom, systemClock } from '@testmesh/runtime';
import type { Dispatcher } from 'undici';
import { loopbackCertificate, loopbackKey } from '../../../../tools/testing/certificates.ts';
import { wayOut } from './dispatcher.ts';
import { Transport, type TransportOptions } from './transport.ts';

// What is spoken over TLS, and what becomes of a connection that many requests share.

const tls = { cert: loopbackCertificate, key: loopbackKey };
let server: Http2SecureServer;
let sessions: ServerHttp2Session[] = [];
const dispatchers: Dispatcher[] = [];

beforeAll(async () => {
  server = createSecureServer({ ...tls, allowHTTP1: false });
  server.on('session', (session) => sessions.push(session));
  server.on('stream', (stream, { ':path': path }) => {
    if (path === '/never') return;
    stream.respond({ ':status': 200 });
    stream.end('{"spoken":"HTTP/2"}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  await Promise.all(dispatchers.splice(0).map((dispatcher) => dispatcher.destroy()));
  sessions = [];
});
afterAll(() => {
  server.close();
});

const portOf = (listening: { address: () => unknown }): number => (listening.address() as AddressInfo).port;

const transport = (port: number, more: Partial<TransportOptions> = {}): Transport => {
  const dispatcher = wayOut({ ca: loopbackCertificate });
  dispatchers.push(dispatcher);
  return new Transport({
    ...{ url: `https://127.0.0.1:${port}`, instance: 'i', dispatcher, clock: systemClock },
    random: seededRandom('dispatcher'),
    token: async () => 'one',
    ...more,
  });
};
const asked = { method: 'POST', path: '/', body: { some: 'thing' } } as const;

test('a server that offers HTTP/2 is spoken to in it, by all requests over one connection', async () => {
  const to = transport(portOf(server));
  const answers = await Promise.all(Array.from({ length: 20 }, () => to.ask(asked)));
  expect(answers).toEqual(Array(20).fill({ spoken: 'HTTP/2' }));
  expect(sessions).toHaveLength(1);
});

test('a server that offers HTTP/1.1 alone is spoken to in that', async () => {
  const old = createHttpsServer(tls, (request, response) => {
    request.resume();
    response.end(`{"spoken":"HTTP/${request.httpVersion}"}`);
  });
  old.listen(0, '127.0.0.1');
  await once(old, 'listening');
  expect(await transport(portOf(old)).ask(asked)).toEqual({ spoken: 'HTTP/1.1' });
  old.closeAllConnections();
  old.close();
});

test('a server that ends a connection in good order, as proxies do after so many requests, is asked over a new one', async () => {
  const to = transport(portOf(server));
  await to.ask(asked);
  sessions[0]?.close();
  expect(await Promise.all([to.ask(asked), to.ask(asked)])).toHaveLength(2);
  expect(sessions).toHaveLength(2);
});

test('H4: a connection that is dead without a word is left, and what was asked over it is asked over a new one', async () => {
  const pairs: (readonly [Socket, Socket])[] = [];
  const between = createServer((client) => {
    const upstream = connect(portOf(server), '127.0.0.1');
    pairs.push([client, upstream]);
    for (const socket of [client, upstream]) socket.on('error', () => socket.destroy());
    client.pipe(upstream).pipe(client);
  });
  between.listen(0, '127.0.0.1');
  await once(between, 'listening');
  const to = transport(portOf(between), { timeoutMs: 500, retryForMs: 60_000 });
  await to.ask(asked);
  const [dead] = pairs;
  dead?.[0].unpipe().pause();
  dead?.[1].unpipe().pause();
  expect(await to.ask(asked)).toEqual({ spoken: 'HTTP/2' });
  expect(pairs).toHaveLength(2);
  for (const socket of pairs.flat()) socket.destroy();
  between.close();
});

test('H4: an answer that is late costs the others on its connection nothing', async () => {
  const to = transport(portOf(server), { timeoutMs: 300, retryForMs: 0 });
  const late = to.ask({ method: 'GET', path: '/never' }).catch((error: Error) => error.name);
  await to.ask(asked);
  expect(await late).toBe('Unreachable');
  await to.ask(asked);
  expect(sessions).toHaveLength(1);
});
