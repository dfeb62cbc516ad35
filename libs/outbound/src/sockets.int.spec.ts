import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { operatorRules } from './operator-rules.ts';
import { outboundPolicy } from './policy.ts';
import { postOutside } from './post.ts';
import { connectTcp, connectTls, judgedAddresses, judgedSocket, OutboundRefused, refusalWithin } from './sockets.ts';

let server: Server;
let port: number;
const received: string[] = [];
beforeAll(async () => {
  server = createServer((request, response) => {
    received.push(request.url ?? '');
    if (request.url === '/moved') response.writeHead(302, { location: '/elsewhere' });
    response.end('x'.repeat(request.url === '/long' ? 100_000 : 3));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const outcome = (socket: Socket): Promise<string> =>
  new Promise((resolve) => {
    socket.once('connect', () => resolve('connected'));
    socket.once('error', (error) => resolve(error instanceof OutboundRefused ? error.code : error.message));
  }).finally(() => socket.destroy()) as Promise<string>;

const closed = outboundPolicy(operatorRules({ TESTMESH_OUTBOUND_DENY: '127.0.0.0/8,::1' }, 'server'));
const open = outboundPolicy(operatorRules({}, 'server'));

describe('a connection', () => {
  test.each(['127.0.0.1', 'localhost', '2130706433', '0x7f.1', '0177.0.0.1', '127.1', '::ffff:127.0.0.1', '0.0.0.0'])(
    'to %s is refused where loopback is denied',
    async (host) => {
      expect(await outcome(connectTcp(closed, { host, port }))).toBe('TM4801');
      expect(await outcome(connectTls(closed, { host, port }))).toBe('TM4801');
      expect(await outcome(judgedSocket(closed).connect(port, host))).toBe('TM4801');
      await expect(judgedAddresses(closed, host)).rejects.toThrow('this server denies');
    },
  );

  test('is made where nothing speaks against it, with a policy and without one', async () => {
    for (const host of ['127.0.0.1', 'localhost']) {
      expect(await outcome(connectTcp(open, { host, port }))).toBe('connected');
      expect(await outcome(connectTcp(undefined, { host, port }))).toBe('connected');
      expect(await outcome(judgedSocket(open).connect(port, host))).toBe('connected');
    }
  });

  test('S1: a name that is bound to another address between two connections is judged at each', async () => {
    const seen: string[] = [];
    const rebinding = { ...open, connecting: ({ address }: { address: string }) => void seen.push(address) };
    for (let round = 0; round < 2; round += 1)
      await outcome(connectTcp(rebinding as never, { host: 'localhost', port }));
    expect(seen.length).toBeGreaterThanOrEqual(2);
  });

  test('to a socket in the file system is refused', async () => {
    expect(await outcome(connectTcp(open, { path: '/var/run/docker.sock' }))).toBe('TM4801');
    expect(await outcome(judgedSocket(open).connect('/var/run/docker.sock'))).toBe('TM4801');
  });
});

describe('a message posted for somebody', () => {
  const post = (policy: typeof open, path: string) =>
    postOutside(policy, {
      url: `http://localhost:${port}${path}`,
      headers: {},
      body: '{}',
      signal: AbortSignal.timeout(5000),
    });

  test('arrives; a redirect is not followed, a long answer is cut', async () => {
    expect(await post(open, '/hook')).toEqual({ status: 200, text: 'xxx' });
    expect((await post(open, '/moved')).status).toBe(302);
    expect((await post(open, '/long')).text.length).toBe(4096);
    expect(received).not.toContain('/elsewhere');
  });

  test('is refused where the policy says so, and no other scheme is known', async () => {
    await expect(post(closed, '/hook')).rejects.toThrow(OutboundRefused);
    const file = { url: 'file:///etc/passwd', headers: {}, body: '', signal: AbortSignal.timeout(1000) };
    await expect(postOutside(open, file)).rejects.toThrow('not a web address');
  });
});

test('a refusal is found within what drivers wrap around it', () => {
  const refused = new OutboundRefused({ code: 'TM4801', reason: 'no', help: 'ask' });
  const outer = new Error('outer', { cause: new Error('inner', { cause: refused }) });
  expect(refusalWithin(outer)).toEqual({ code: 'TM4801', reason: 'no', help: 'ask' });
  expect(refusalWithin(new Error('other'))).toBeUndefined();
});
