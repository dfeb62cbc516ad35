import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { createClient } from '@testmesh/client';
import { build } from 'esbuild';
import { parse } from 'yaml';
import { pausingFlow, runRemotely } from '../../tools/cluster/remote-run.ts';
import { serviceNames } from '../../tools/cluster/vocabulary.ts';
import { freePort } from '../../tools/infra/ports.ts';
import { isInstalled, runTool } from '../../tools/infra/processes.ts';
import { ensureImage } from '../../tools/infra/stand-ins/ensure-image.ts';
import { describeWith } from '../../tools/testing/real.ts';
import { skipMark } from '../../tools/testing/skip-mark.ts';
import { buildAgentImage, startAgentContainer } from '../support/agent-container.ts';
import { type Folder, projectFolder, root, testmesh } from '../support/cli.ts';

// Two images are built, and sixteen containers start here, once for all tests.
jest.setTimeout(1_800_000);

const BASE = 'node:24-bookworm-slim';

const GREETER = `
import { actionSchema, defineAction, definePlugin } from '@testmesh/action-kit';
import * as z from 'zod';

const schema = actionSchema({ type: 'greet', summary: 'Say hello.', config: z.strictObject({ name: z.string() }) });
const greet = defineAction({ schema, run: async ({ name }) => ({ kind: 'completed', output: { said: 'hello ' + name } }) });
export const plugin = definePlugin({ actions: [greet] });
`;
const GREETING = `flow:
  name: greeting
  steps:
    - { id: hi, action: greet, config: { name: Ada }, assert: ['said == "hello Ada"'] }
`;
const LOOK_INSIDE = `flow:
  name: the platform's own Redis
  steps:
    - { id: look, action: redis.get, config: { connection: "redis://redis:6379", key: a }, assert: [exists == false] }
`;

/** One file with all that it needs, as a plugin is brought to where nothing can be installed. */
const bundledPlugin = async (): Promise<string> => {
  const { outputFiles } = await build({
    stdin: { contents: GREETER, resolveDir: join(root, 'libs/plugins') },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
  });
  return outputFiles[0]?.text ?? '';
};

interface ComposeService {
  readonly image: string;
  readonly command?: readonly string[];
  readonly profiles?: readonly string[];
  readonly ports?: readonly string[];
  readonly healthcheck?: unknown;
  readonly mem_limit?: string;
  readonly cpus?: number;
}
const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
const { services } = parse(text, { merge: true }) as { services: Record<string, ComposeService> };
const ours = Object.entries(services).filter(([, { image }]) => image === 'testmesh/server');
/** Images that are built here, and the Dockerfile of each. */
const built: Readonly<Record<string, string>> = { 'testmesh/server': 'Dockerfile', 'testmesh/demo': 'demo/Dockerfile' };

describe('docker-compose.yml', () => {
  test('runs every service, and two executors', () => {
    const programs = ours.map(([, { command }]) => command?.join(' ').replace('.mjs', ''));
    expect(programs.sort()).toEqual([...serviceNames, 'executor'].sort());
  });

  test('bounds every container, and knows when each is healthy', () => {
    for (const [name, { mem_limit, cpus, healthcheck, image }] of Object.entries(services)) {
      expect([name, typeof mem_limit, typeof cpus]).toEqual([name, 'string', 'number']);
      const dockerfile = built[image];
      if (dockerfile === undefined) expect(healthcheck).toBeDefined();
      else expect(readFileSync(join(root, dockerfile), 'utf8')).toMatch(/^HEALTHCHECK [\s\S]*\/health/m);
    }
  });

  test('brings up the platform alone unless the demo is asked for', () => {
    const alone = Object.entries(services).filter(([, { profiles }]) => profiles === undefined);
    expect(alone.map(([name]) => name)).toEqual([...ours.map(([name]) => name), 'postgres', 'kafka', 'redis']);
    expect(new Set(Object.values(services).flatMap(({ profiles = [] }) => profiles))).toEqual(new Set(['demo']));
  });

  test('publishes the API alone, on this machine, and has no secret of its own', () => {
    const published = Object.values(services).flatMap(({ ports = [] }) => ports);
    expect(published).toEqual(['127.0.0.1:${TESTMESH_PORT:-5016}:5016']);
    const secrets = text.match(/\$\{(POSTGRES_PASSWORD|TESTMESH_ENCRYPTION_KEYS)[^}]*/g) ?? [];
    for (const secret of secrets) expect(secret).toMatch(/:\?choose one/);
    expect(secrets).toHaveLength(3);
  });
});

const withCompose = (docker: string): void => {
  const project = `testmesh-cluster-${process.pid}`;
  let env: NodeJS.ProcessEnv;
  let folder: Folder;
  let url: string;
  let key: string;
  const compose = (...args: string[]) =>
    runTool('docker-compose', ['-p', project, '--profile', 'demo', ...args], { cwd: root, env });
  const healthy = async (): Promise<number> => {
    const filters = ['--filter', `name=${project}_`, '--filter', 'health=healthy'];
    const ids = await runTool('docker', ['ps', '--quiet', ...filters], { env });
    return ids.split('\n').filter((id) => id !== '').length;
  };
  const asked = (args: readonly string[], cwd = root) =>
    testmesh([...args, '--api', url], { cwd, env: { TESTMESH_API_KEY: key }, timeoutMs: 300_000 });

  beforeAll(async () => {
    for (const image of new Set([...Object.values(services).map((service) => service.image), BASE])) {
      if (built[image] === undefined) await ensureImage(docker, image);
    }
    folder = await projectFolder({
      'flow.yaml': pausingFlow('in-containers', 2, 50),
      'plugins/greet.mjs': await bundledPlugin(),
    });
    // The platform is not the one who made this folder.
    await chmod(folder.path, 0o755);
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    env = {
      ...process.env,
      DOCKER_HOST: docker,
      POSTGRES_PASSWORD: randomBytes(12).toString('hex'),
      TESTMESH_ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('hex')}`,
      TESTMESH_PORT: String(port),
      TESTMESH_PLUGIN_FOLDER: join(folder.path, 'plugins'),
      TESTMESH_PLUGINS: '/opt/testmesh/plugins/greet.mjs',
    };
    await compose('build', 'api', 'user-service'); // once each: the others run the same images
    await compose('up', '--detach');
    while ((await healthy()) < Object.keys(services).length) await sleep(500);
    key = (await compose('run', '--rm', '-T', 'api', 'first-key.mjs')).match(/tm_live_\w+/)?.[0] ?? '';
  });
  afterAll(async () => {
    await compose('down', '--volumes', '--timeout', '5');
    await folder[Symbol.asyncDispose]();
  });

  test('a flow runs through containers that are built, limited and healthy, and its events reach Kafka', async () => {
    const { code, stdout } = await asked(['run', 'flow.yaml'], folder.path);
    expect([code, stdout]).toEqual([0, expect.stringContaining('passed')]);
    const offsets = ['/opt/kafka/bin/kafka-get-offsets.sh', '--bootstrap-server', 'kafka:9092'];
    const sent = await compose('exec', '-T', 'kafka', ...offsets, '--topic', 'testmesh.journal.v1');
    const counts = sent.match(/:\d+$/gm)?.map((count) => Number(count.slice(1))) ?? [];
    expect(counts).toHaveLength(24);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(5);
  });

  test('the order lifecycle of the guide passes against the demo beside the platform, which is out of its reach', async () => {
    expect(await asked(['env', 'push', 'examples/environments/compose.yaml'])).toMatchObject({ code: 0 });
    const ran = await asked(['run', 'examples/seeds/order-lifecycle.yaml', '--env', 'compose']);
    expect([ran.code, ran.stdout, ran.stderr]).toEqual([
      0,
      expect.stringContaining('✓ verify_inventory_decreased'),
      '',
    ]);
    const refused = await runRemotely({ key }, { definition: LOOK_INSIDE, askAt: url, followAt: url });
    expect(refused.verdict).toBe('error');
  });

  test('an action of a plugin runs where its folder is given to the services', async () => {
    const ran = await runRemotely({ key }, { definition: GREETING, askAt: url, followAt: url });
    expect(ran.verdict).toBe('passed');
  });

  test('a site agent from its own image takes the runs of its pool, is healthy, and may do nothing that root may', async () => {
    await buildAgentImage({ env });
    const client = createClient({ url, apiKey: key });
    const made = await client.POST('/api/v1/agents', { body: { name: 'site', pools: ['site'] } });
    const settings = {
      TESTMESH_SERVER: 'http://api:5016',
      TESTMESH_POOLS: 'site',
      TESTMESH_AGENT_TOKEN: `${made.data?.token}`,
    };
    await using agent = await startAgentContainer({ env }, { network: `${project}_default`, settings });
    const body = { definition: pausingFlow('at-a-site', 1, 10), pool: 'site' };
    const asking = await client.POST('/api/v1/executions', { body });
    const params = { path: { id: asking.data?.id ?? '' } };
    const ran = async () => (await client.GET('/api/v1/executions/{id}', { params })).data;
    while ((await ran())?.state !== 'finished') await sleep(200);
    expect(await ran()).toMatchObject({ verdict: 'passed', executor: expect.stringMatching(/^agent:site\//) });
    await agent.healthy();
    expect(await agent.exec('id', '-u')).toBe('1000');
    await expect(agent.exec('touch', '/app/probe')).rejects.toThrow('Read-only file system');
    expect(await agent.stop()).toBe('0');
  });

  test('nobody is root, and nothing is written but the archive, which everybody who needs it shares', async () => {
    expect(await compose('exec', '-T', 'executor-1', 'id', '-u')).toBe('1000');
    await expect(compose('exec', '-T', 'api', 'touch', '/app/probe')).rejects.toThrow('Read-only file system');
    await compose('exec', '-T', 'scheduler', 'touch', '/var/lib/testmesh/archive/probe');
    expect(await compose('exec', '-T', 'api', 'ls', '/var/lib/testmesh/archive')).toContain('probe');
  });

  test('the database is up to date, and can be backed up', async () => {
    expect(await compose('exec', '-T', 'api', 'node', 'migrate.mjs')).toContain('the database is up to date');
    expect(await compose('exec', '-T', 'api', 'node', 'backup.mjs')).toMatch(/^\{"end":true,"rows":[1-9]/m);
  });
};

if (await isInstalled('docker-compose', 'version')) describeWith('docker', 'the platform in containers', withCompose);
else describe.skip(`in containers [${skipMark} docker-compose is not on the PATH]`, () => withCompose(''));
