import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { parse } from 'yaml';
import { freePort } from '../tools/infra/ports.ts';
import { isInstalled, runTool } from '../tools/infra/processes.ts';
import { ensureImage } from '../tools/infra/stand-ins/ensure-image.ts';
import { describeWith } from '../tools/testing/real.ts';
import { skipMark } from '../tools/testing/skip-mark.ts';
import { myTurn } from '../tools/testing/turns.ts';
import { type Folder, projectFolder, root } from './support/cli.ts';

// Images are built and a broker starts here.
jest.setTimeout(600_000);

const INFRA = 'docker-compose.infra.yml';
const SERVICES = 'docker-compose.services.yml';
const NODE = 'node:24-bookworm-slim';

interface ComposeService {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly command?: readonly string[];
  readonly ports: readonly string[];
  readonly depends_on?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
}
const servicesOf = (file: string): Readonly<Record<string, ComposeService>> =>
  (parse(readFileSync(join(root, file), 'utf8'), { merge: true }) as { services: Record<string, ComposeService> })
    .services;

describe('the compose files', () => {
  const [infra, services] = [servicesOf(INFRA), servicesOf(SERVICES)];

  test('publish on this machine alone, on the ports that the guides print', () => {
    const published = [...Object.values(infra), ...Object.values(services)].flatMap(({ ports }) => ports);
    const printed = published.map((port) => /^127\.0\.0\.1:\$\{\w+:-(\d+)\}:\1$/.exec(port)?.[1]);
    expect(printed).toEqual(['5432', '9092', '6379', '5001', '5002', '5003', '5004', '5005', '5006']);
  });

  test('say how to know that a piece of infrastructure is ready', () => {
    for (const { healthcheck } of Object.values(infra)) expect(healthcheck?.test[0]).toBe('CMD');
  });

  test('start programs that are there, from a Dockerfile that is there, after services that are there', () => {
    for (const { build, command, depends_on: after = [] } of Object.values(services)) {
      expect(existsSync(join(root, build?.context ?? '', build?.dockerfile ?? 'none'))).toBe(true);
      expect(existsSync(join(root, command?.[0] ?? 'none'))).toBe(true);
      for (const name of after) expect(Object.keys(services)).toContain(name);
    }
  });
});

const withCompose = (docker: string): void => {
  const project = `testmesh-e2e-${process.pid}`;
  let folder: Folder;
  let env: NodeJS.ProcessEnv;
  const tool = (command: string, ...args: string[]) => runTool(command, args, { cwd: root, env });
  const compose = (file: string, ...args: string[]) => tool('docker-compose', '-p', project, '-f', file, ...args);
  const isHealthy = async (service: string): Promise<boolean> => {
    const state = ['ps', '--quiet', '--filter', `name=${project}_${service}`, '--filter', 'health=healthy'];
    return (await tool('docker', ...state)).trim() !== '';
  };

  let turn: AsyncDisposable;
  beforeAll(async () => {
    turn = await myTurn('network testmesh');
    const images = [...Object.values(servicesOf(INFRA)).map(({ image }) => image), NODE];
    for (const image of images) await ensureImage(docker, image);
    env = { ...process.env, DOCKER_HOST: docker };
    // Only the network inside is used: what is published must not meet what is there.
    for (const name of ['POSTGRES', 'KAFKA', 'REDIS', 'USER_SERVICE']) env[`${name}_PORT`] = String(await freePort());
    const inside = 'name: inside\nrouting:\n  services: { user-api: "http://user-service:5001" }\n';
    const flow = await readFile(join(root, 'examples/seeds/user-service-isolated.yaml'), 'utf8');
    folder = await projectFolder({ 'isolated.yaml': flow, 'environments/inside.yaml': inside });
  });
  afterAll(async () => {
    await compose(SERVICES, 'rm', '--stop', '--force', 'user-service');
    await compose(INFRA, 'down', '--volumes');
    await folder[Symbol.asyncDispose]();
    await turn[Symbol.asyncDispose]();
  });

  test('both files are accepted by docker-compose', async () => {
    for (const file of [INFRA, SERVICES]) expect(await compose(file, 'config', '--quiet')).toBe('');
  });

  test('X-Test-DB leads a containerised service to the database of the flow, whose runner is in the network too', async () => {
    await compose(INFRA, 'up', '--detach');
    await compose(SERVICES, 'build', 'user-service');
    await compose(SERVICES, 'up', '--detach', 'user-service');
    while (!(await isHealthy('user-service'))) await sleep(500);
    const socket = ['--volume', `${new URL(docker).pathname}:/var/run/docker.sock`];
    const files = ['--volume', `${join(root, 'apps/cli/dist')}:/testmesh:ro`, '--volume', `${folder.path}:/flows`];
    const run = ['node', '/testmesh/testmesh.mjs', 'run', 'isolated.yaml', '--env', 'inside'];
    const inNetwork = ['run', '--rm', '--network', 'testmesh', '--workdir', '/flows'];
    const printed = await tool('docker', ...inNetwork, ...socket, ...files, NODE, ...run);
    expect(printed).toMatch(/✓ get_alice +GET http:\/\/user-service:5001\/users\/u-001 → 200/);
    expect(printed).toContain('passed · 6 steps, 3 checks');
    expect(await tool('docker', 'ps', '--all', '--quiet', '--filter', 'name=test-users-')).toBe('');
  });
};

if (await isInstalled('docker-compose', 'version')) describeWith('docker', 'with docker-compose', withCompose);
else describe.skip(`with docker-compose [${skipMark} docker-compose is not on the PATH]`, () => withCompose(''));
