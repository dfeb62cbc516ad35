import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { follow } from './follow.ts';

const event = (seq: number, type: string): string => `id: ${seq}\ndata: ${JSON.stringify({ seq, type, data: {} })}\n\n`;

/** A server whose streams are answered one after the other as the list says, the last one for ever. */
const streaming = async (...answers: readonly ((response: ServerResponse, since: string | null) => void)[]) => {
  let asked = 0;
  const server = createServer((request, response) => {
    const answer = answers[Math.min(asked++, answers.length - 1)];
    answer?.(response, new URL(request.url ?? '', 'http://x').searchParams.get('since'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: () => asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

const OPEN = { 'content-type': 'text/event-stream' };
const cutAfter = (ms: number) => (response: ServerResponse) => {
  response.writeHead(200, OPEN).write(': still here\n\n');
  setTimeout(() => response.destroy(), ms);
};
const completes = (response: ServerResponse, since: string | null) =>
  response.writeHead(200, OPEN).end(event(Number(since) + 1, 'RunCompleted'));

const eventsOf = async (url: string, more: { readonly tries: number; readonly lastingMs: number }) => {
  const seen: string[] = [];
  for await (const { seq, type } of follow({ url, runId: 'r', apiKey: undefined, ...more }))
    seen.push(`${seq} ${type}`);
  return seen;
};

test('goes on after the last event seen when the connection breaks', async () => {
  await using server = await streaming((response) => {
    response.writeHead(200, OPEN).write(event(1, 'RunRequested'));
    setTimeout(() => response.destroy(), 20);
  }, completes);
  expect(await eventsOf(server.url, { tries: 2, lastingMs: 10_000 })).toEqual(['1 RunRequested', '2 RunCompleted']);
});

test('a quiet run is followed however often a connection that stood for a while is cut', async () => {
  const cut = cutAfter(60);
  await using server = await streaming(cut, cut, cut, cut, completes);
  expect(await eventsOf(server.url, { tries: 1, lastingMs: 30 })).toEqual(['1 RunCompleted']);
});

test('a server that hangs up at once is given up after so many tries', async () => {
  await using server = await streaming(cutAfter(0));
  await expect(eventsOf(server.url, { tries: 2, lastingMs: 10_000 })).rejects.toThrow();
  expect(server.asked()).toBe(3);
});
