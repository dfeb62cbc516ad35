import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { dockerAt } from './docker-client.ts';
import { Images } from './images.ts';

// A daemon that has no image and whose registry does not answer.

let server: Server;
let images: Images;
let asked: string[];
let pulling: Promise<Socket>;

beforeEach(async () => {
  asked = [];
  let pulled: (socket: Socket) => void = () => undefined;
  pulling = new Promise((resolve) => {
    pulled = resolve;
  });
  server = createServer((request, answer) => {
    asked.push(`${request.method} ${request.url}`);
    if (request.method === 'POST') pulled(request.socket);
    else answer.writeHead(404, { 'content-type': 'application/json' }).end('{"message":"No such image"}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  images = new Images(dockerAt(`tcp://127.0.0.1:${(server.address() as AddressInfo).port}`));
});
afterEach(() => {
  images.close();
  server.closeAllConnections();
  server.close();
});

const settled = async (image: string) => {
  for (;;) {
    const state = await images.ask(image);
    if (state !== 'coming') return state;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

test('an image is fetched once, however often it is asked for meanwhile', async () => {
  expect(await images.ask('orders')).toBe('coming');
  await pulling;
  for (let round = 0; round < 3; round++) expect(await images.ask('orders')).toBe('coming');
  expect(asked.filter((request) => request.startsWith('POST'))).toEqual([
    expect.stringMatching(/\/images\/create\?fromImage=orders&tag=latest$/),
  ]);
});

test('what is being fetched is given up in the end, and holds no connection', async () => {
  await images.ask('orders:1');
  const socket = await pulling;
  images.close();
  if (!socket.destroyed) await once(socket, 'close');
  const state = await settled('orders:1');
  expect(state).toEqual({ problem: expect.stringMatching(/^the image orders:1 could not be fetched: /) });
});

test('what could not be fetched is told once, and tried again after that', async () => {
  await images.ask('orders:1');
  await pulling;
  server.closeAllConnections();
  const state = await settled('orders:1');
  expect(state).toMatchObject({ problem: expect.stringContaining('orders:1') });
  expect(await images.ask('orders:1')).toBe('coming');
});
