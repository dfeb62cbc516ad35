import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { EnvironmentTarget, Observation } from '@testmesh/ports';
import { gitOpsProviderContract } from '@testmesh/testing/contracts';
import type Docker from 'dockerode';
import { dockerAt, ensureImage } from '../../../../tools/infra/stand-ins/ensure-image.ts';
import { describeWith } from '../../../../tools/testing/real.ts';
import { composeProvider } from './index.ts';

// Containers start and end here, on busy machines too.
jest.setTimeout(180_000);

const IMAGE = 'redis:7-alpine';
const prefix = `tm-compose-${process.pid}`;
const signal = new AbortController().signal;

const SHOP = `
services:
  api:
    image: ${IMAGE}
    ports: ["6379"]
    healthcheck: { test: "test -e /tmp/well", interval: 200ms, retries: 3 }
`;

describeWith('docker', 'composeProvider on a real Docker daemon', (address) => {
  let templates: string;
  let docker: Docker;
  let made = 0;

  beforeAll(async () => {
    docker = dockerAt(address);
    await ensureImage(address, IMAGE);
    templates = await mkdtemp(join(tmpdir(), 'compose-templates-'));
    await writeFile(join(templates, 'shop.yaml'), SHOP);
  });
  afterAll(async () => {
    const containers = await docker.listContainers({ all: true });
    for (const { Id } of containers.filter(({ Names }) => Names.some((name) => name.startsWith(`/${prefix}`))))
      await docker.getContainer(Id).remove({ force: true, v: true });
    for (const { Id } of (await docker.listNetworks()).filter(({ Name }) => Name.startsWith(prefix)))
      await docker.getNetwork(Id).remove();
    await rm(templates, { recursive: true });
  });

  const provider = () => composeProvider({ daemon: address, templates });
  const target = (settings: object = { template: 'shop' }): EnvironmentTarget => {
    made += 1;
    const spec = {
      ...{ name: `PR-${made}`, context: `pr-${made}`, cluster: 'default', provider: 'compose' },
      ...{ namespace: `${prefix}-${made}`, ttlMinutes: 60, readyWithinMinutes: 15, services: [], routingPolicy: {} },
      settings: settings as EnvironmentTarget['spec']['settings'],
    };
    return { id: `e-${prefix}-${made}`, workspace: 'acme', spec, resources: [] };
  };
  const template = (name: string, text: string) => writeFile(join(templates, `${name}.yaml`), text);
  const nameOf = ({ spec }: EnvironmentTarget): string => spec.namespace;
  const containerOf = (one: EnvironmentTarget, service = 'api') => docker.getContainer(`${nameOf(one)}-${service}`);
  const runIn = async (container: Docker.Container, ...Cmd: string[]): Promise<void> => {
    const exec = await container.exec({ Cmd, AttachStdout: true });
    const stream = await exec.start({});
    await new Promise((resolve) => stream.on('end', resolve).resume());
  };
  const networksOf = async (one: EnvironmentTarget) =>
    (await docker.listNetworks({ filters: { name: [nameOf(one)] } })).filter(({ Name }) => Name === nameOf(one));
  const until = async (one: EnvironmentTarget, health: Observation['health'], how: 'bring' | 'observe' = 'bring') => {
    for (;;) {
      const seen = await provider()[how](one, signal);
      if (seen.health === health) return seen;
      if (seen.health !== 'progressing') throw new Error(`${seen.health}: ${'message' in seen ? seen.message : ''}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  const bound = (one: EnvironmentTarget, seen: Observation): EnvironmentTarget => ({
    ...one,
    resources: 'resources' in seen ? seen.resources : [],
  });
  const gone = async (one: EnvironmentTarget) => {
    for (;;) {
      const seen = await provider().destroy(one, signal);
      if (seen.outcome === 'gone') return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  const stranger = async (one: EnvironmentTarget) => {
    const HostConfig = { NetworkMode: nameOf(one) };
    const container = await docker.createContainer({ name: `${nameOf(one)}-stranger`, Image: IMAGE, HostConfig });
    await container.start();
  };

  gitOpsProviderContract(
    'composeProvider',
    () => ({
      provider: provider(),
      target,
      owns: (environment) => ({ kind: 'Network', name: nameOf(environment) }),
      becomeHealthy: (environment) => runIn(containerOf(environment), 'touch', '/tmp/well'),
      degrade: (environment) => containerOf(environment).kill(),
      removeByHand: async (environment) => {
        await containerOf(environment).remove({ force: true, v: true });
        for (const { Id } of await networksOf(environment)) await docker.getNetwork(Id).remove();
      },
      remakeByHand: async (environment) => {
        await docker.createNetwork({ Name: nameOf(environment) });
      },
      hold: stranger,
      letGo: (environment) => containerOf(environment, 'stranger').remove({ force: true, v: true }),
      exists: async (environment) => (await networksOf(environment)).length > 0,
    }),
    60_000,
  );

  test('D5: tells where a service is reached, on this machine alone', async () => {
    const environment = target();
    await provider().bring(environment, signal);
    await runIn(containerOf(environment), 'touch', '/tmp/well');
    const seen = bound(environment, await until(environment, 'healthy'));
    const { NetworkSettings } = await containerOf(environment).inspect();
    const [binding] = NetworkSettings.Ports['6379/tcp'] ?? [];
    expect(binding?.HostIp).toBe('127.0.0.1');
    expect(seen.resources).toContainEqual({
      ...{ kind: 'Container', name: 'api', uid: expect.any(String), url: `http://127.0.0.1:${binding?.HostPort}` },
    });
    await gone(seen);
  });

  test('starts services in their order, with what the request says', async () => {
    await template(
      'ordered',
      `
services:
  first:
    image: ${IMAGE}
    environment: { PLACE: "\${TESTMESH_NAMESPACE}" }
    command: ["sh", "-c", "test \\"$$PLACE\\" = \\"\${EXPECTED}\\""]
  then:
    image: \${IMAGE_THEN}
    command: redis-server --port \${PORT:-7000}
    depends_on: { first: { condition: service_completed_successfully } }
    healthcheck: { test: ["CMD", "redis-cli", "-p", "7000", "ping"], interval: 200ms, retries: 20 }
`,
    );
    const plain = target();
    const settings = { template: 'ordered', variables: { EXPECTED: nameOf(plain) } };
    const environment = {
      ...plain,
      spec: { ...plain.spec, settings, services: [{ name: 'then', image: IMAGE }] },
    };
    const seen = await until(environment, 'healthy');
    const [first, then] = await Promise.all([
      containerOf(environment, 'first').inspect(),
      containerOf(environment, 'then').inspect(),
    ]);
    expect(first.State.ExitCode).toBe(0);
    expect(Date.parse(then.State.StartedAt)).toBeGreaterThanOrEqual(Date.parse(first.State.FinishedAt));
    await gone(bound(environment, seen));
  });

  describe('says what is wrong with', () => {
    const degraded = async (services: string): Promise<string> => {
      await template('wrong', `services:\n${services}`);
      const environment = target({ template: 'wrong' });
      for (;;) {
        const seen = await provider().bring(environment, signal);
        if (seen.health === 'degraded') {
          await gone(bound(environment, seen));
          return seen.message;
        }
        if (seen.health !== 'progressing') throw new Error(seen.health);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    };

    test('a service that ends, with what it wrote last', async () => {
      const command = '["sh", "-c", "echo no configuration found; exit 3"]';
      expect(await degraded(`  api: { image: "${IMAGE}", command: ${command} }`)).toBe(
        'the service "api" ended with exit code 3; it wrote last: no configuration found',
      );
    });

    test('a program that is not in the image', async () => {
      expect(await degraded(`  api: { image: "${IMAGE}", entrypoint: ["nothing-of-that-name"] }`)).toMatch(
        /the service "api" could not be started: .*nothing-of-that-name/,
      );
    });

    test('a port that somebody has', async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await new Promise((resolve) => server.once('listening', resolve));
      const { port } = server.address() as AddressInfo;
      expect(await degraded(`  api: { image: "${IMAGE}", ports: ["${port}:6379"] }`)).toMatch(
        new RegExp(`the service "api" could not be started: .*${port}`),
      );
      server.close();
    });
  });

  test('an image that cannot be fetched is asked for once, and told', async () => {
    await template('absent', 'services: { api: { image: "127.0.0.1:1/nothing:1" } }');
    const environment = target({ template: 'absent' });
    const same = provider();
    expect(await same.bring(environment, signal)).toMatchObject({
      ...{ health: 'progressing', message: 'the image 127.0.0.1:1/nothing:1 is being fetched' },
    });
    let seen = await same.bring(environment, signal);
    while (seen.health === 'progressing') seen = await same.bring(environment, signal);
    expect(seen).toMatchObject({
      health: 'degraded',
      message: expect.stringMatching(/^the image 127\.0\.0\.1:1\/nothing:1 could not be fetched: .*refused/),
    });
    await gone(environment);
  });

  test('D1: a network of somebody else is refused and stays', async () => {
    const environment = target();
    await docker.createNetwork({ Name: nameOf(environment) });
    const refused = { health: 'refused', message: expect.stringContaining("somebody else's") };
    expect(await provider().bring(environment, signal)).toMatchObject(refused);
    expect(await provider().destroy(environment, signal)).toEqual({ outcome: 'gone' });
    expect(await networksOf(environment)).toHaveLength(1);
  });

  test('D1: what was made before a crash and never bound is found again, and goes', async () => {
    const environment = target();
    await provider().bring(environment, signal);
    await provider().bring(environment, signal);
    expect(await networksOf(environment)).toHaveLength(1);
    await gone(environment);
    expect(await networksOf(environment)).toEqual([]);
    await expect(containerOf(environment).inspect()).rejects.toMatchObject({ statusCode: 404 });
  });

  test('D2: a container that somebody else put into the network stays', async () => {
    const environment = target();
    const seen = await provider().bring(environment, signal);
    await stranger(environment);
    const going = await provider().destroy(bound(environment, seen), signal);
    expect(going).toEqual({
      outcome: 'going',
      message: `the network "${nameOf(environment)}" is still there: the container "${nameOf(environment)}-stranger" is still in it`,
    });
    expect((await containerOf(environment, 'stranger').inspect()).State.Running).toBe(true);
  });

  test('D3: a container that was deleted by hand is missed and not made again', async () => {
    const environment = target();
    const seen = await provider().bring(environment, signal);
    await containerOf(environment).remove({ force: true, v: true });
    const lost = { health: 'missing', message: 'the container of the service "api" was deleted' };
    const later = bound(environment, seen);
    for (const how of ['observe', 'bring'] as const) expect(await provider()[how](later, signal)).toEqual(lost);
    await expect(containerOf(environment).inspect()).rejects.toMatchObject({ statusCode: 404 });
    await gone(later);
  });

  test('what a request or a template says wrong is refused, and nothing is made', async () => {
    await template('reaching', `services: { api: { image: "${IMAGE}", volumes: ["/:/host"] } }`);
    const wrong: readonly (readonly [object, RegExp])[] = [
      [{}, /^settings\.template: /],
      [{ template: 'nothing' }, /^there is no template "nothing"; there is /],
      [{ template: 'reaching' }, /^reaching\.yaml: services\.api\.volumes: not among/],
      [{ template: 'ordered' }, /^ordered\.yaml asks for \$\{EXPECTED\}/],
      [{ template: '../../etc/passwd' }, /is no name of a template/],
    ];
    for (const [settings, message] of wrong) {
      const environment = target(settings);
      expect(await provider().bring(environment, signal)).toEqual({
        ...{ health: 'refused', message: expect.stringMatching(message) },
      });
      expect(await networksOf(environment)).toEqual([]);
    }
  });

  test('D4: a template that is changed or taken away changes nothing for what was made of it', async () => {
    await template('short', SHOP);
    const environment = target({ template: 'short' });
    await provider().bring(environment, signal);
    await template('short', SHOP.replace('api:', 'other:'));
    await runIn(containerOf(environment), 'touch', '/tmp/well');
    const seen = bound(environment, await until(environment, 'healthy'));
    await rm(join(templates, 'short.yaml'));
    expect((await provider().observe(seen, signal)).health).toBe('healthy');
    await gone(seen);
    expect(await networksOf(environment)).toEqual([]);
  });

  test('a daemon that does not answer is a fault, and a call that is called off ends', async () => {
    const nobody = composeProvider({ daemon: `unix://${join(templates, 'none.sock')}`, templates });
    for (const how of ['bring', 'observe', 'destroy'] as const)
      await expect(nobody[how](target(), signal)).rejects.toThrow(/ENOENT/);
    await expect(provider().observe(target(), AbortSignal.abort())).rejects.toThrow();
  });
});
