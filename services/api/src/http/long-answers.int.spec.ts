import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DEFAULT_WORKSPACE } from '../ports.ts';
import { startApi, type TestApi } from '../testing/api.fixture.ts';
import { requested } from '../testing/flows.ts';

const STEPS = Array.from({ length: 1000 }, (_, nth) => ({ id: `step ${nth}`, output: `${nth} → `.repeat(1000) }));
const OUTPUTS = STEPS.map(({ output }) => output);
const REPORT = JSON.stringify({ runId: 'r', steps: OUTPUTS.map((output) => ({ output, steps: [] })) });
const OUTLINE = JSON.stringify(STEPS.map(({ id }) => ({ id })));

let api: TestApi;
let address: string;
let headers: Record<string, string>;
beforeAll(async () => {
  const plain = await startApi();
  await plain.app.close();
  const kept = { storedJson: async () => Buffer.from(REPORT), outline: async () => OUTLINE };
  api = await startApi({ runs: { ...plain.deps.runs, ...kept } });
  headers = { 'x-api-key': api.access.addKey(DEFAULT_WORKSPACE) };
  const run = await requested(api, headers['x-api-key'] ?? '');
  await api.app.listen(0, '127.0.0.1');
  address = `http://127.0.0.1:${(api.app.getHttpServer().address() as AddressInfo).port}/api/v1/executions/${run}`;
});
afterAll(() => api.app.close());

/** A client that begins to read late: more waits in the server by then than sockets hold. */
const readLate = async (path: string): Promise<string> => {
  const [answer] = (await once(get(`${address}${path}`, { headers }), 'response')) as [IncomingMessage];
  await pause(300);
  const parts: Buffer[] = [];
  for await (const part of answer) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
};

test('answers of megabytes arrive whole, however late they are read', async () => {
  const asked = Array.from({ length: 4 }, (_, nth) => readLate(nth % 2 === 0 ? '/report' : '/steps'));
  for (const [nth, body] of (await Promise.all(asked)).entries()) {
    if (nth % 2 === 0) expect(body === REPORT).toBe(true);
    else expect(JSON.parse(body).steps.map(({ output }: { output: string }) => output)).toEqual(OUTPUTS);
  }
});

test('a client that goes away in the middle takes nothing from those that stay', async () => {
  const [gone] = (await once(get(`${address}/report`, { headers }), 'response')) as [IncomingMessage];
  const stays = readLate('/report');
  await once(gone, 'readable');
  gone.destroy();
  expect((await stays) === REPORT).toBe(true);
});
