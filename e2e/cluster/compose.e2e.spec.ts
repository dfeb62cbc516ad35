import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { parse } from 'yaml';
import { pausingFlow } from '../../tools/cluster/remote-run.ts';
import { serviceNames } from '../../tools/cluster/vocabulary.ts';
import { freePort } from '../../tools/infra/ports.ts';
import { isInstalled, runTool } from '../../tools/infra/processes.ts';
import { ensureImage } from '../../tools/infra/stand-ins/ensure-image.ts';
import { describeWith } from '../../tools/testing/real.ts';
import { skipMark } from '../../tools/testing/skip-mark.ts';
import { type Folder, projectFolder, root, testmesh } from '../support/cli.ts';

// The image is built, and nine containers start here.
jest.setTimeout(1_800_000);

const BASE = 'node:24-bookworm-slim';

interface ComposeService {
  readonly image: string;
  readonly command?: readonly string[];
  readonly ports?: readonly string[];
  readonly healthcheck?: unknown;
  readonly mem_limit?: string;
  readonly cpus?: number;
}
const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
const { services } = parse(text, { merge: true }) as { services: Record<string, ComposeService> };
const ours = Object.entries(services).filter(([, { image }]) => image === 'testmesh/server');

describe('docker-compose.yml', () => {
  test('runs every service, and two executors', () => {
    const programs = ours.map(([, { command }]) => command?.join(' ').replace('.mjs', ''));
    expect(programs.sort()).toEqual([...serviceNames, 'executor'].sort());
  });

  test('bounds every container, and knows when each is healthy', () => {
    for (const [name, { mem_limit, cpus, healthcheck, image }] of Object.entries(services)) {
      expect([name, typeof mem_limit, typeof cpus]).toEqual([name, 'string', 'number']);
      if (image !== 'testmesh/server') expect(healthcheck).toBeDefined();
    }
    expect(readFileSync(join(root, 'Dockerfile'), 'utf8')).toContain('/health/ready');
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
  const compose = (...args: string[]) => runTool('docker-compose', ['-p', project, ...args], { cwd: root, env });
  const healthy = async (): Promise<number> => {
    const filters = ['--filter', `name=${project}_`, '--filter', 'health=healthy'];
    const ids = await runTool('docker', ['ps', '--quiet', ...filters], { env });
    return ids.split('\n').filter((id) => id !== '').length;
  };

  beforeAll(async () => {
    for (const image of [...Object.values(services).map((service) => service.image), BASE]) {
      if (image !== 'testmesh/server') await ensureImage(docker, image);
    }
    folder = await projectFolder({ 'flow.yaml': pausingFlow('in-containers', 2, 50) });
    env = {
      ...process.env,
      DOCKER_HOST: docker,
      POSTGRES_PASSWORD: randomBytes(12).toString('hex'),
      TESTMESH_ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('hex')}`,
      TESTMESH_PORT: String(await freePort()),
    };
  });
  afterAll(async () => {
    await compose('down', '--volumes', '--timeout', '5');
    await folder[Symbol.asyncDispose]();
  });

  test('a flow runs through containers that are built, limited and healthy, and its events reach Kafka', async () => {
    await compose('build', 'api'); // once: every service runs the same image
    await compose('up', '--detach');
    while ((await healthy()) < Object.keys(services).length) await sleep(500);
    const key = (await compose('run', '--rm', '-T', 'api', 'first-key.mjs')).match(/tm_live_\w+/)?.[0] ?? '';
    const url = `http://127.0.0.1:${env['TESTMESH_PORT']}`;
    const { code, stdout } = await testmesh(['run', 'flow.yaml', '--api', url], {
      cwd: folder.path,
      env: { TESTMESH_API_KEY: key },
    });
    expect([code, stdout]).toEqual([0, expect.stringContaining('passed')]);
    expect(await compose('exec', '-T', 'executor-1', 'id', '-u')).not.toBe('0');
    // Nothing is written but the archive, which everybody who needs it shares.
    await expect(compose('exec', '-T', 'api', 'touch', '/app/probe')).rejects.toThrow('Read-only file system');
    await compose('exec', '-T', 'scheduler', 'touch', '/var/lib/testmesh/archive/probe');
    expect(await compose('exec', '-T', 'api', 'ls', '/var/lib/testmesh/archive')).toContain('probe');
    expect(await compose('run', '--rm', '-T', 'api', 'migrate.mjs')).toContain('the database is up to date');
    expect(await compose('run', '--rm', '-T', 'api', 'backup.mjs')).toMatch(/^\{"end":true,"rows":[1-9]/m);
    const offsets = ['/opt/kafka/bin/kafka-get-offsets.sh', '--bootstrap-server', 'kafka:9092'];
    const sent = await compose('exec', '-T', 'kafka', ...offsets, '--topic', 'testmesh.journal.v1');
    const counts = sent.match(/:\d+$/gm)?.map((count) => Number(count.slice(1))) ?? [];
    expect(counts).toHaveLength(24);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(5);
  });
};

if (await isInstalled('docker-compose', 'version')) describeWith('docker', 'the platform in containers', withCompose);
else describe.skip(`in containers [${skipMark} docker-compose is not on the PATH]`, () => withCompose(''));
