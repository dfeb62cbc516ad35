import { createServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { ValueMap } from '@testmesh/domain';
import { actionContext } from '@testmesh/testing';
import {
  authority,
  clientCertificate,
  clientKey,
  serverCertificate,
  serverKey,
} from '../../../../tools/testing/certificates.ts';
import { httpRequest } from './index.ts';
import { Servers, sendJson } from './servers.fixture.ts';

const servers = new Servers();
let context = actionContext();
afterEach(async () => {
  await context.close();
  await servers.close();
  context = actionContext();
});

const perform = (config: ValueMap) => httpRequest.perform(config, context);

const freePort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  return port;
};

describe('unreachable', () => {
  test('nothing listens there', async () => {
    const port = await freePort();
    const outcome = await perform({ method: 'POST', url: `http://127.0.0.1:${port}/orders`, body: { a: 1 } });
    expect(outcome).toMatchObject({
      kind: 'not-carried-out',
      code: 'ECONNREFUSED',
      reason: `nothing listens at 127.0.0.1:${port} (connection refused)`,
      exchange: { summary: `POST http://127.0.0.1:${port}/orders → ECONNREFUSED` },
    });
  });

  test('localhost without a listener on either address says the same', async () => {
    const port = await freePort();
    expect(await perform({ url: `http://localhost:${port}/` })).toMatchObject({
      code: 'ECONNREFUSED',
      reason: `nothing listens at localhost:${port} (connection refused)`,
    });
  });

  test('a name that is not known', async () => {
    const outcome = await perform({ url: 'http://order-service.invalid/' });
    expect(outcome).toMatchObject({
      kind: 'not-carried-out',
      reason: expect.stringContaining('order-service.invalid'),
    });
    expect(['ENOTFOUND', 'EAI_AGAIN']).toContain((outcome as { code: string }).code);
  });

  test('something that does not speak HTTP', async () => {
    const url = await servers.tcp((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
    expect(await perform({ url })).toMatchObject({
      code: 'TM4006',
      reason: expect.stringContaining('answered something that is not HTTP'),
    });
  });
});

test('refused credentials are an answer: the status rule fails the step', async () => {
  const url = await servers.http((_, response) => sendJson(response, { error: 'who are you?' }, 401));
  expect(await perform({ url, auth: { type: 'bearer', token: 'wrong' } })).toMatchObject({
    kind: 'completed',
    output: { status: 401 },
    implied: [{ passed: false }],
  });
});

describe('time', () => {
  test('no answer within the timeout', async () => {
    const url = await servers.http(() => undefined);
    const outcome = await perform({ url, timeout: '100ms' });
    const { host } = new URL(url);
    expect(outcome).toMatchObject({
      code: 'TM4001',
      reason: `no complete answer from ${host} within 100ms: still waiting for the response`,
    });
  });

  test('a body that does not end within the timeout', async () => {
    const url = await servers.http((_, response) => response.writeHead(200).write('half'));
    expect(await perform({ url, timeout: '150ms' })).toMatchObject({
      code: 'TM4001',
      reason: expect.stringMatching(/within 150ms: still reading the body, 4 bytes of it received$/),
    });
  });

  test('redirects share one timeout', async () => {
    const url = await servers.http((_, response) => {
      setTimeout(() => response.writeHead(302, { Location: '/' }).end(), 60);
    });
    const startedAt = performance.now();
    expect(await perform({ url, timeout: '200ms', max_redirects: 100 })).toMatchObject({ code: 'TM4001' });
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });
});

describe('connection lost', () => {
  test('before an answer', async () => {
    const url = await servers.tcp((socket) => socket.once('data', () => socket.destroy()));
    const { host } = new URL(url);
    expect(await perform({ url })).toMatchObject({
      kind: 'not-carried-out',
      reason: `${host} closed the connection without answering`,
    });
  });

  test('in the middle of the body', async () => {
    const url = await servers.tcp((socket) =>
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this');
        setTimeout(() => socket.destroy(), 20);
      }),
    );
    const { host } = new URL(url);
    expect(await perform({ url })).toMatchObject({
      kind: 'not-carried-out',
      reason: `${host} closed the connection in the middle of the response body, after 9 bytes`,
    });
  });

  test('the next step opens a new connection', async () => {
    let first = true;
    const url = await servers.http((request, response) => {
      if (first) request.socket.destroy();
      else sendJson(response, { ok: true });
      first = false;
    });
    expect((await perform({ url })).kind).toBe('not-carried-out');
    expect(await perform({ url })).toMatchObject({ kind: 'completed', output: { body: { ok: true } } });
  });
});

describe('cancelled', () => {
  test('the reason of the signal is thrown at once, and the server sees the connection close', async () => {
    const cancellation = new AbortController();
    const { promise: closed, resolve: seeClose } = Promise.withResolvers<void>();
    const url = await servers.http((request) => {
      request.socket.once('close', () => seeClose());
      cancellation.abort(new Error('the run was cancelled'));
    });
    context = actionContext({ signal: cancellation.signal });
    await expect(perform({ url })).rejects.toThrow('the run was cancelled');
    await closed;
  });

  test('nothing is sent when it is cancelled already', async () => {
    let requests = 0;
    const url = await servers.http((_, response) => {
      requests += 1;
      response.end();
    });
    context = actionContext({ signal: AbortSignal.abort(new Error('too late')) });
    await expect(perform({ url })).rejects.toThrow('too late');
    expect(requests).toBe(0);
  });
});

describe('oversized', () => {
  test('a body over the limit is refused while it arrives', async () => {
    const url = await servers.http((_, response) => {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
        response.once('drain', more);
      };
      more();
    });
    expect(await perform({ url, max_body_size: '1MiB' })).toMatchObject({
      code: 'TM4002',
      reason: expect.stringMatching(/is larger than 1 MiB$/),
    });
  });

  test('a small body that unpacks to a large one is refused before it fills the memory', async () => {
    const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024));
    expect(bomb.length).toBeLessThan(100_000);
    const url = await servers.http((_, response) => {
      response.writeHead(200, { 'Content-Encoding': 'gzip' });
      response.end(bomb);
    });
    expect(await perform({ url, max_body_size: '1MiB' })).toMatchObject({ code: 'TM4002' });
  });

  test('a compressed body that was cut short, and an unknown compression', async () => {
    const cut = gzipSync('a long enough text').subarray(0, 20);
    const url = await servers.http((request, response) => {
      response.writeHead(200, { 'Content-Encoding': request.url === '/cut' ? 'gzip' : 'compress' });
      response.end(cut);
    });
    expect(await perform({ url: `${url}/cut` })).toMatchObject({
      code: 'TM4005',
      reason: expect.stringContaining('cannot be unpacked (gzip: unexpected end of file)'),
    });
    expect(await perform({ url })).toMatchObject({ code: 'TM4005', reason: expect.stringContaining('compress') });
  });
});

describe('TLS', () => {
  const secure = { key: serverKey, cert: serverCertificate };
  const answer = () => servers.https(secure, (_, response) => sendJson(response, { ok: true }));

  test('a certificate nobody vouches for is refused with a way out', async () => {
    expect(await perform({ url: await answer() })).toMatchObject({
      kind: 'not-carried-out',
      reason: expect.stringMatching(/^the certificate of 127\.0\.0\.1:\d+ is not trusted: /),
      help: expect.stringContaining('verify_ssl: false'),
    });
  });

  test('verify_ssl: false takes it, and so do the right authority and name', async () => {
    const url = await answer();
    for (const tls of [{ verify_ssl: false }, { ca: authority, server_name: 'server.test' }]) {
      expect(await perform({ url, ...tls })).toMatchObject({ kind: 'completed', output: { body: { ok: true } } });
    }
  });

  test('a certificate for another name is refused', async () => {
    expect(await perform({ url: await answer(), ca: authority, server_name: 'other.test' })).toMatchObject({
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    });
  });

  test('a server that asks for a client certificate gets it', async () => {
    const url = await servers.https({ ...secure, ca: authority }, (_, response) => sendJson(response, { ok: true }));
    const trust = { ca: authority, server_name: 'server.test' };
    expect((await perform({ url, ...trust })).kind).toBe('not-carried-out');
    const own = { client_cert: clientCertificate, client_key: clientKey };
    expect(await perform({ url, ...trust, ...own })).toMatchObject({ kind: 'completed' });
  });

  test('https towards a plain server says so', async () => {
    const url = await servers.http((_, response) => response.end());
    expect(await perform({ url: url.replace('http:', 'https:') })).toMatchObject({
      reason: expect.stringMatching(/^127\.0\.0\.1:\d+ does not speak TLS$/),
      help: expect.stringContaining('http://'),
    });
  });
});
