import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseDocument } from 'yaml';
import { root } from '../support/cli.ts';
import { dataFolder, freePort, type RunningPlatform, startPlatform } from '../support/platform.ts';

// The gates, asked as Argo Rollouts and Flagger ask: by what their manifests in examples/ci say.

const flowText = (name: string, steps: string): string => `flow:\n  name: ${name}\n  steps:\n${steps}`;
const GREEN = '    - { id: ok, action: log, config: { message: hi }, assert: [\'message == "hi"\'] }\n';
const RED = '    - { id: total, action: log, config: { message: hi }, assert: [\'message == "ho"\'] }\n';
const HELD =
  '    - { id: ask, action: http_request, config: { method: GET, url: "${service.held}" }, assert: [status == 200] }\n';
const SLOW = `    - { id: rest, action: delay, config: { duration: 3s } }\n${GREEN}`;

const manifest = async (file: string) => parseDocument(await readFile(join(root, 'examples/ci', file), 'utf8')).toJS();

/** A service that answers once it is released, so that a run lasts as long as a test needs it. */
const startHolding = async () => {
  const waiting: ServerResponse[] = [];
  let isReleased = false;
  const server = createServer((_request, response) => {
    if (isReleased) response.end();
    else waiting.push(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const release = (): void => {
    isReleased = true;
    for (const response of waiting) response.end();
  };
  const close = (): void => {
    release();
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, release, close };
};

describe('gates', () => {
  let platform: RunningPlatform;
  let key: string;
  let data: Awaited<ReturnType<typeof dataFolder>>;
  const flows: Record<string, string> = {};
  let held: Awaited<ReturnType<typeof startHolding>>;
  beforeAll(async () => {
    data = await dataFolder();
    platform = await startPlatform(data.path, await freePort());
    key = /TESTMESH_API_KEY=(\S+)/.exec(platform.said())?.[1] ?? '';
    held = await startHolding();
    await post('/api/v1/environments', { name: 'staging', routing: { services: { held: held.url } } });
    for (const [name, steps] of Object.entries({ green: GREEN, red: RED, slow: SLOW, held: HELD })) {
      flows[name] = (await post('/api/v1/flows', { yaml: flowText(name, steps) })).id;
    }
  }, 180_000);
  afterAll(async () => {
    held?.close();
    await platform?.stop();
    await data?.[Symbol.asyncDispose]();
  });

  const post = async (path: string, body: unknown) => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
    const response = await fetch(`${platform.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    return JSON.parse(await response.text());
  };
  const suiteOf = async (...names: string[]): Promise<string> => {
    const parts = names.map((name) => ({ flow_id: flows[name] }));
    return (await post('/api/v1/suites', { name: `${names.join(' and ')} ${randomUUID()}`, flows: parts })).id;
  };

  describe('Argo Rollouts', () => {
    /** One measurement of the web metric, its arguments filled in. */
    const measure = async (args: Readonly<Record<string, string>>) => {
      const [metric] = (await manifest('argo-rollouts/analysis-template.yaml')).spec.metrics;
      const { web } = JSON.parse(
        JSON.stringify(metric.provider).replace(/\{\{ args\.([a-z-]+) \}\}/g, (_, name) => args[name] ?? ''),
      );
      const headers = web.headers.map((header: { key: string; value: string }) => [header.key, header.value]);
      const url = web.url.replace(/^http:\/\/[^/]+/, platform.url);
      const response = await fetch(url, { method: web.method, headers, body: JSON.stringify(web.jsonBody) });
      expect([response.status, web.jsonPath]).toEqual([200, '{$.verdict}']);
      const body = (await response.json()) as Record<string, string>;
      const result = body['verdict'];
      const holds = (condition: string) => condition === `result == "${result}"`;
      const phase = holds(metric.successCondition)
        ? 'Successful'
        : holds(metric.failureCondition)
          ? 'Failed'
          : 'Inconclusive';
      return { phase, body };
    };
    const concluded = async (args: Readonly<Record<string, string>>) => {
      for (;;) {
        const measured = await measure(args);
        if (measured.phase !== 'Inconclusive') return measured;
      }
    };

    test('a suite that passes lets the canary go on, and is run once for a revision', async () => {
      const args = {
        suite: await suiteOf('green', 'slow'),
        revision: '6d9c7f8b5d',
        environment: 'staging',
        'api-key': key,
      };
      const [one, two] = await Promise.all([concluded(args), concluded(args)]);
      expect([one.phase, two.phase]).toEqual(['Successful', 'Successful']);
      expect(one.body).toEqual(two.body);
      expect(one.body['message']).toBe('2 of 2 flows passed');
      expect((await concluded({ ...args, revision: 'next' })).body['run_id']).not.toBe(one.body['run_id']);
    }, 240_000);

    test('one flow stands for itself', async () => {
      const ask = (flow: string | undefined, revision: string) =>
        post('/api/v1/gates/argo-rollouts', { flow_id: flow, revision, environment: 'staging' });
      expect(await ask(flows['green'], 'r1')).toMatchObject({ verdict: 'passed', message: 'green passed' });
      const failed = await ask(flows['red'], 'r1');
      expect(failed).toMatchObject({ verdict: 'failed', message: expect.stringMatching(/^red failed: .*total/) });
      expect(await ask(flows['red'], 'r1')).toEqual(failed);
      const nowhere = `/api/v1/gates/flow/${flows['red']}/${randomUUID()}`;
      expect((await fetch(`${platform.url}${nowhere}`, { headers: { authorization: `Bearer ${key}` } })).status).toBe(
        404,
      );
      expect(await ask(randomUUID(), 'r1')).toMatchObject({
        status: 404,
        detail: expect.stringContaining('there is no flow'),
      });
    }, 240_000);

    test('a suite that fails is told with what broke, and can be read again', async () => {
      const args = { suite: await suiteOf('green', 'red'), revision: 'r1', environment: 'staging', 'api-key': key };
      const { phase, body } = await concluded(args);
      expect({ phase, message: body['message'] }).toEqual({
        phase: 'Failed',
        message: expect.stringMatching(/^1 of 2 flows passed; .*total/),
      });
      const headers = { authorization: `Bearer ${key}` };
      expect(await (await fetch(`${platform.url}${body['link']}`, { headers })).json()).toEqual(body);
    }, 240_000);
  });

  describe('Flagger', () => {
    /** What the canary's webhook of that type sends. */
    const call = async (type: string, metadata: Readonly<Record<string, string>>, checksum: string) => {
      const { webhooks } = (await manifest('flagger/canary.yaml')).spec.analysis;
      const hook = webhooks.find((one: { type: string }) => one.type === type);
      const { suite_id: _printed, ...rest } = hook.metadata;
      const url = new URL(hook.url);
      // Go's client turns the user and password of an address into a header, as this does.
      const authorization = `Basic ${Buffer.from(`${url.username}:${key}`).toString('base64')}`;
      const response = await fetch(`${platform.url}${url.pathname}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization },
        body: JSON.stringify({
          name: 'orders',
          namespace: 'shop',
          phase: 'Progressing',
          checksum,
          metadata: { ...rest, ...metadata },
        }),
      });
      return { status: response.status, text: await response.text() };
    };
    const settled = async (type: string, metadata: Readonly<Record<string, string>>, checksum: string) => {
      for (;;) {
        const answer = await call(type, metadata, checksum);
        if (answer.status !== 202 && answer.status !== 425) return answer;
      }
    };

    test('while the run lasts the analysis goes on and the promotion waits; then it is let through', async () => {
      const metadata = { suite_id: await suiteOf('held'), wait: '0' };
      expect(await call('rollout', metadata, 'c1')).toMatchObject({
        status: 202,
        text: expect.stringMatching(/^running: /),
      });
      expect(await call('confirm-promotion', metadata, 'c1')).toMatchObject({ status: 425 });
      held.release();
      const passed = await settled('confirm-promotion', metadata, 'c1');
      expect(passed).toMatchObject({
        status: 200,
        text: expect.stringMatching(/^passed: 1 of 1 flows passed · \/api/),
      });
    }, 240_000);

    test('a run that fails halts the canary, with one line for its event', async () => {
      const { status, text } = await settled('rollout', { suite_id: await suiteOf('red') }, 'c2');
      expect(status).toBe(409);
      expect(text).toMatch(/^failed: 0 of 1 flows passed; .*total.* · \/api\/v1\/gates\/suite\/\S+\n$/);
      expect(text.length).toBeLessThan(400);
    }, 240_000);

    test('metadata that says nothing to run, a key that is none and a suite that is not there are refused', async () => {
      expect(await call('rollout', {}, 'c3')).toMatchObject({
        status: 400,
        text: expect.stringContaining('exactly one'),
      });
      expect(await call('rollout', { suite_id: randomUUID() }, 'c4')).toMatchObject({ status: 404 });
      const anonymous = await fetch(`${platform.url}/api/v1/gates/flagger`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Basic ${Buffer.from('key:tm_live_0').toString('base64')}`,
        },
        body: '{}',
      });
      expect(anonymous.status).toBe(401);
    });
  });
});
