import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';

/** Answers every line with the same line, and notes what it was asked. */
const asked: string[] = [];
let server: Server;
let proxy: FaultProxy;
const clients: Socket[] = [];

beforeEach(async () => {
  asked.length = 0;
  server = createServer((socket) => {
    socket.on('error', () => undefined).setEncoding('utf8');
    socket.on('data', (text: string) => {
      asked.push(text);
      socket.write(`<${text}>`);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy = await startFaultProxy({ port: (server.address() as AddressInfo).port });
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await proxy.close();
  server.close();
});

interface Visitor {
  readonly socket: Socket;
  readonly heard: () => string;
  readonly closed: Promise<unknown>;
}

const visit = async (): Promise<Visitor> => {
  const socket = connect(proxy.port, '127.0.0.1').setEncoding('utf8');
  clients.push(socket);
  let heard = '';
  socket.on('data', (text: string) => {
    heard += text;
  });
  const closed = new Promise((resolve) => socket.on('error', () => undefined).once('close', resolve));
  await once(socket, 'connect');
  return { socket, heard: () => heard, closed };
};

const until = async (holds: () => boolean): Promise<void> => {
  for (let tries = 0; !holds(); tries++) {
    if (tries > 500) throw new Error('it never came to be');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test('what is asked and answered passes unchanged', async () => {
  const { socket, heard } = await visit();
  socket.write('hello');
  await until(() => heard() === '<hello>');
  expect(proxy.figures).toEqual({ connections: 1, cut: 0, lostAnswers: 0 });
});

test('N3: a lost answer was given: the server did what it was asked, and the connection breaks', async () => {
  const { socket, heard, closed } = await visit();
  proxy.loseAnswers(1);
  socket.write('commit');
  await closed;
  expect(asked).toEqual(['commit']);
  expect(heard()).toBe('');
  expect(proxy.figures.lostAnswers).toBe(1);
  const next = await visit();
  next.socket.write('again');
  await until(() => next.heard() === '<again>');
});

test('a cut breaks the connections that are open and lets new ones through', async () => {
  const [one, two] = [await visit(), await visit()];
  one.socket.write('a');
  await until(() => one.heard() === '<a>');
  proxy.cut();
  await Promise.all([one.closed, two.closed]);
  expect(proxy.figures.cut).toBe(2);
  const next = await visit();
  next.socket.write('b');
  await until(() => next.heard() === '<b>');
});

test('N2: a black hole swallows open and new connections without a word, and gives everything back when it heals', async () => {
  const before = await visit();
  before.socket.write('a');
  await until(() => before.heard() === '<a>');
  proxy.blackHole();
  before.socket.write('b');
  const after = await visit();
  after.socket.write('c');
  await pause(150);
  expect(asked).toEqual(['a']);
  expect(before.socket.closed || after.socket.closed).toBe(false);
  proxy.heal();
  await until(() => before.heard() === '<a><b>' && after.heard() === '<c>');
});

test('N1: a delay holds both directions, and what was sent before it ends is not overtaken', async () => {
  const { socket, heard } = await visit();
  proxy.delay(100);
  const begun = performance.now();
  socket.write('a');
  await until(() => asked.length === 1);
  expect(performance.now() - begun).toBeGreaterThan(95);
  socket.write('b');
  await pause(20);
  proxy.heal();
  socket.write('c');
  await until(() => heard().length >= '<a><b><c>'.length || heard() === '<a><bc>');
  expect(asked.join('')).toBe('abc');
});
