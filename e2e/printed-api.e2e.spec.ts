import { execFile } from 'node:child_process';
import { copyFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { PRINTED_ENVIRONMENTS } from '../services/api/src/configuration/printed-bodies.fixture.ts';
import { startCluster } from '../tools/cluster/cluster.ts';
import { localEnvironment } from '../tools/demo/server.ts';
import { describeWith } from '../tools/testing/real.ts';
import { projectFolder, root, testmesh } from './support/cli.ts';
import { type RunningDemo, startDemo } from './support/demo.ts';
import { dataFolder, freePort, startPlatform } from './support/platform.ts';

// The bodies and the CI lines that the guide prints, against one process and against one process per service.

interface Served {
  readonly url: string;
  readonly key: string;
  readonly stop: () => Promise<unknown>;
}

const embedded = async (): Promise<Served> => {
  const data = await dataFolder();
  const platform = await startPlatform(data.path, await freePort());
  const key = /TESTMESH_API_KEY=(\S+)/.exec(platform.said())?.[1] ?? '';
  return { url: platform.url, key, stop: () => platform.stop().finally(() => data[Symbol.asyncDispose]()) };
};

const distributed = async (): Promise<Served> => {
  const cluster = await startCluster({ bundled: true });
  return { url: cluster.urls()[0] ?? '', key: cluster.key, stop: cluster.stop };
};

const modes = [
  ['embedded', embedded],
  ['distributed', distributed],
] as const;

describeWith('postgres', 'as the guide prints it', (postgres) => {
  describeWith('kafka', 'with events', (kafka) => {
    describeWith('redis', 'with a cache', (redis) => {
      let demo: RunningDemo;
      beforeAll(async () => {
        demo = await startDemo(postgres, kafka, redis);
      }, 90_000);
      afterAll(() => demo?.demo.stop());

      describe.each(modes)('%s', (_mode, start) => {
        let served: Served;
        beforeAll(async () => {
          served = await start();
        }, 180_000);
        afterAll(() => served?.stop(), 60_000);

        const post = async (path: string, body: unknown) => {
          const headers = { 'content-type': 'application/json', authorization: `Bearer ${served.key}` };
          const response = await fetch(`${served.url}/api/v1${path}`, {
            method: 'POST',
            headers,
            body: JSON.stringify(body),
          });
          return { status: response.status, body: (await response.json()) as Record<string, unknown> };
        };

        test('environments are taken, and no secret comes back', async () => {
          for (const printed of PRINTED_ENVIRONMENTS) {
            const { status, body } = await post('/environments', printed);
            expect({ name: body['name'], status }).toEqual({ name: printed.name, status: 201 });
            expect(JSON.stringify(body)).not.toMatch(/stg-token-abc|prod-token-xyz/);
          }
        });

        test('schedules of a flow are taken', async () => {
          const yaml =
            'flow:\n  name: smoke\n  steps:\n    - { action: log, config: { message: hello }, assert: [\'message == "hello"\'] }\n';
          const { body: flow } = await post('/flows', { yaml });
          const hourly = await post('/schedules', {
            name: 'Staging E2E — Hourly',
            flow_id: flow['id'],
            environment: 'staging',
            cron: '0 * * * *',
            enabled: true,
            notify_on_failure: true,
          });
          expect(hourly).toMatchObject({ status: 201, body: { status: 'active', environment: 'staging' } });
          expect(hourly.body['next_run_at']).toMatch(/:00:00/);
          const smoke = await post('/schedules', {
            name: 'Production Smoke — Every 15min',
            flow_id: flow['id'],
            environment: 'production',
            cron: '*/15 * * * *',
            enabled: true,
            notify_on_failure: true,
          });
          expect(smoke).toMatchObject({ status: 201, body: { enabled: true, notify_on_failure: true } });
        });

        test('the line of the CI recipe runs the order lifecycle on the server, and fails the build when a seam breaks', async () => {
          await using project = await projectFolder({});
          const file = (name: string): string => join(project.path, name);
          for (const folder of ['bin', 'flows', 'environments']) await mkdir(file(folder), { recursive: true });
          await copyFile(join(root, 'examples/seeds/order-lifecycle.yaml'), file('flows/e2e-order-flow.yaml'));
          await symlink(join(root, 'apps/cli/dist/testmesh.mjs'), file('bin/testmesh'));
          const local = await localEnvironment(demo.variables);
          await writeFile(file('environments/staging.yaml'), local.replace('name: local', 'name: staging'));
          const env = { TESTMESH_API_URL: served.url, TESTMESH_API_KEY: served.key };
          const pushed = await testmesh(['env', 'push', 'environments/staging.yaml', '--api', served.url], {
            cwd: project.path,
            env,
          });
          expect(pushed).toMatchObject({ code: 0, stdout: 'environment staging · v2\n' });
          const ci = () =>
            promisify(execFile)(
              'bash',
              ['-ec', 'testmesh run flows/e2e-order-flow.yaml --env staging --api $TESTMESH_API_URL'],
              {
                cwd: project.path,
                env: {
                  HOME: project.path,
                  LANG: 'C.UTF-8',
                  PATH: `${file('bin')}:${join(root, 'node_modules/.bin')}:${process.env['PATH']}`,
                  ...env,
                },
              },
            );
          expect((await ci()).stdout).toContain('passed · 15 steps');
          await demo.demo.setFault('order', { lose_writes: true });
          await expect(ci()).rejects.toMatchObject({ code: 1, stdout: expect.stringContaining('verify_order_in_db') });
          await demo.demo.setFault('order', {});
        }, 120_000);
      });
    });
  });
});
