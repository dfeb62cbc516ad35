import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { root } from './support/cli.ts';
import {
  dataFolder,
  freePort,
  type RunningPlatform,
  startPlatform,
  startTarget,
  type Target,
} from './support/platform.ts';

// The requests that the pages about schedules, notifications and datasets print, sent to the platform as they are printed;
// then a schedule that fails and recovers in front of the tests, told to a webhook that verifies as the page says.

interface Arrived {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let data: Awaited<ReturnType<typeof dataFolder>>;
let platform: RunningPlatform;
let target: Target;
let receiver: Server;
const arrived: Arrived[] = [];
const ids = new Map<string, string>();

beforeAll(async () => {
  data = await dataFolder();
  target = await startTarget();
  receiver = createServer((request, response) => {
    void text(request).then((body) => {
      arrived.push({ headers: request.headers, body });
      response.end('thanks');
    });
  });
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  platform = await startPlatform(data.path, await freePort());
  ids.set('WEBHOOK_URL', `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`);
  ids.set('FLOW_ID', String((await call('POST', '/api/v1/flows', { yaml: flow('printed', 200) })).body['id']));
}, 120_000);

afterAll(async () => {
  await platform?.stop();
  await target?.[Symbol.asyncDispose]();
  receiver?.closeAllConnections();
  receiver?.close();
  await data?.[Symbol.asyncDispose]();
}, 60_000);

const flow = (name: string, status: number): string => `flow:
  name: ${name}
  steps:
    - { id: list, action: http_request, config: { method: GET, url: "${target.url}/users" }, assert: [status == ${status}] }
`;

const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
  const response = await fetch(`${platform.url}${path}`, {
    method,
    headers: { ...headers, 'if-match': '*', ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const answer = await response.text();
  return { status: response.status, body: (answer === '' ? {} : JSON.parse(answer)) as Record<string, unknown> };
};

const pages = ['docs/schedules.md', 'docs/notifications.md', 'docs/datasets.md'];
const blocksOf = async (page: string, language: string): Promise<readonly string[]> =>
  [
    ...(await readFile(join(root, page), 'utf8')).matchAll(
      new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'),
    ),
  ].map(([, block = '']) => block);

/** What an answer's id is called from then on. */
const NAMES: readonly (readonly [RegExp, string])[] = [
  [/^\/api\/v1\/schedules$/, 'SCHEDULE_ID'],
  [/^\/api\/v1\/suites$/, 'SUITE_ID'],
  [/^\/api\/v1\/notification-channels$/, 'CHANNEL_ID'],
  [/^\/api\/v1\/datasets$/, 'DATASET_ID'],
  [/^\/api\/v1\/datasets\/[^/]+\/run$/, 'DATASET_RUN_ID'],
];

const filled = (block: string): string =>
  [...ids].sort(([a], [b]) => b.length - a.length).reduce((all, [name, id]) => all.replaceAll(name, id), block);

describe.each(pages)('%s', (page) => {
  test('prints requests that work', async () => {
    const blocks = await blocksOf(page, 'http');
    expect(blocks.length).toBeGreaterThan(4);
    for (const block of blocks) {
      const [line = '', ...rest] = filled(block).split('\n');
      const [method = '', path = ''] = line.split(' ');
      const body = rest.join('\n').trim();
      const answer = await call(method, path, body === '' ? undefined : JSON.parse(body));
      expect([line, answer.status, answer.body['detail']]).toEqual([line, expect.any(Number), undefined]);
      const name = NAMES.find(([pattern]) => method === 'POST' && pattern.test(path))?.[1];
      // The channel that is tried is the one that can be reached.
      if (name !== undefined && answer.body['enabled'] !== false) ids.set(name, String(answer.body['id']));
      if (answer.body['signing_secret'] !== undefined) ids.set('SIGNING_SECRET', String(answer.body['signing_secret']));
    }
  }, 60_000);
});

const until = async <Value>(
  what: string,
  find: () => Promise<Value | undefined> | Value | undefined,
): Promise<Value> => {
  for (let tries = 0; tries < 300; tries += 1) {
    const found = await find();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`waited for ${what}`);
};

const told = (type: string) =>
  arrived.filter(({ body }) => body.includes('every second') && JSON.parse(body).type === `notification.${type}`);

test('a schedule that fails and recovers is told once each to a receiver that verifies as the page says', async () => {
  const [snippet = ''] = await blocksOf('docs/notifications.md', 'js');
  const file = join(data.path, 'verify.mjs');
  await writeFile(file, snippet);
  const { isGenuine } = (await import(pathToFileURL(file).href)) as {
    readonly isGenuine: (secret: string, headers: IncomingHttpHeaders, body: string, now?: number) => boolean;
  };
  await rm(file);
  const made = await call('POST', '/api/v1/flows', { yaml: flow('wavering', 404) });
  const flowId = String(made.body['id']);
  const schedule = { name: 'every second', flow_id: flowId, cron: '* * * * * *', notify_on_failure: true };
  const { body } = await call('POST', '/api/v1/schedules', schedule);
  const [failing] = await until('the failure', () => (told('failing').length > 0 ? told('failing') : undefined));
  const runs = async () =>
    ((await call('GET', `/api/v1/schedules/${body['id']}/runs`)).body['runs'] as { status: string }[]).filter(
      ({ status }) => status === 'failed',
    );
  await until('more failures', async () => ((await runs()).length > 2 ? true : undefined));
  await call('PUT', `/api/v1/flows/${flowId}`, { yaml: flow('wavering', 200) });
  await until('the recovery', () => (told('recovered').length > 0 ? true : undefined));
  await call('POST', `/api/v1/schedules/${body['id']}/pause`);
  expect([told('failing').length, told('recovered').length]).toEqual([1, 1]);
  const secret = ids.get('SIGNING_SECRET') ?? '';
  const { headers = {}, body: message = '' } = failing ?? {};
  expect(isGenuine(secret, headers, message)).toBe(true);
  expect(isGenuine(secret, headers, message.replace('failed', 'passed'))).toBe(false);
  expect(isGenuine(secret, headers, message, Date.now() + 600_000)).toBe(false);
  expect(JSON.parse(message).data.message).toContain('status == 404');
}, 120_000);
