import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import type { ActionContext, ActionOutcome } from '@testmesh/action-kit';
import type { ValueMap } from '@testmesh/domain';
import { actionContext, type TestActionContext } from '@testmesh/testing';
import Docker from 'dockerode';
import { ensureImage } from '../../../../tools/infra/stand-ins/ensure-image.ts';
import { describeWith } from '../../../../tools/testing/real.ts';
import { dockerRun } from './docker-run.ts';
import { dockerStop } from './docker-stop.ts';

const POSTGRES = 'postgres:16-alpine';
const REDIS = 'redis:7-alpine';
const NODE = 'node:24-bookworm-slim';
const RUNNER = fileURLToPath(new URL('./testing/runner.ts', import.meta.url));

jest.setTimeout(120_000);

const contexts: TestActionContext[] = [];
let runs = 0;

/** Each context is a run of its own. */
const newRun = (overrides: Partial<ActionContext> = {}): TestActionContext => {
  runs += 1;
  const context = actionContext({ runId: `int-${process.pid}-${Date.now()}-${runs}`, ...overrides });
  contexts.push(context);
  return context;
};

const output = (outcome: ActionOutcome): ValueMap => {
  if (outcome.kind !== 'completed') throw new Error(`${outcome.code} ${outcome.reason}`);
  return outcome.output;
};

const refusal = (outcome: ActionOutcome): { code: string; reason: string } => {
  if (outcome.kind === 'completed') throw new Error('it was carried out');
  return outcome;
};

const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
  const deadline = Date.now() + 30_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`${what} did not happen within 30 s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

describeWith('docker', 'docker_run', (address) => {
  let docker: Docker;
  const before = process.env['DOCKER_HOST'];

  beforeAll(async () => {
    process.env['DOCKER_HOST'] = address;
    docker = new Docker();
    await ensureImage(address, POSTGRES);
    await ensureImage(address, REDIS);
    await ensureImage(address, NODE);
  });
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close();
  });
  afterAll(() => {
    if (before === undefined) delete process.env['DOCKER_HOST'];
    else process.env['DOCKER_HOST'] = before;
  });

  const left = async (runId: string): Promise<number> => {
    const filters = { label: [`testmesh.run=${runId}`] };
    const [containers, networks, volumes] = await Promise.all([
      docker.listContainers({ all: true, filters }),
      docker.listNetworks({ filters }),
      docker.listVolumes({ filters }),
    ]);
    return containers.length + networks.length + (volumes.Volumes ?? []).length;
  };

  test('the isolated database of the guides starts, answers where its dsn says, and goes with the run', async () => {
    const run = newRun();
    const name = `test-users-${Date.now()}`;
    const config = {
      image: POSTGRES,
      name,
      network: `net-${name}`,
      env: { POSTGRES_USER: 'test', POSTGRES_PASSWORD: 'test', POSTGRES_DB: 'test' },
      ports: { '5432': '0' },
      wait_for_port: '5432',
      timeout: '60s',
    };
    const result = output(await dockerRun.perform(config, run));
    const { ports } = result as { ports: Record<string, number> };
    expect(result).toMatchObject({
      container_name: name,
      host: '127.0.0.1',
      networked: false,
      dsn: `postgres://test:test@127.0.0.1:${ports['5432']}/test`,
      dsn_internal: `postgres://test:test@${name}:5432/test`,
    });
    const exec = await docker.getContainer(name).exec({ Cmd: ['pg_isready', '-h', '127.0.0.1'], AttachStdout: true });
    (await exec.start({})).resume();
    await until('pg_isready', async () => (await exec.inspect()).Running === false);
    expect((await exec.inspect()).ExitCode).toBe(0);
    expect((await docker.getNetwork(`net-${name}`).inspect()).Labels?.['testmesh.run']).toBe(run.runId);

    await run.close();
    expect(await left(run.runId)).toBe(0);
  });

  test('Redis is ready when it answers, and its port is published without being named', async () => {
    const result = output(await dockerRun.perform({ image: REDIS, command: 'redis-server --save ""' }, newRun()));
    const { port } = new URL(String(result['dsn']));
    const socket = connect(Number(port), '127.0.0.1');
    socket.write('PING\r\n');
    const [answer] = await once(socket, 'data');
    socket.destroy();
    expect(String(answer)).toBe('+PONG\r\n');
  });

  test('docker_stop removes a container before the run ends, and a second time says that it is gone', async () => {
    const run = newRun();
    const { container_id } = output(await dockerRun.perform({ image: REDIS }, run));
    const config = { container_id: container_id ?? null };
    expect(output(await dockerStop.perform(config, run))).toEqual({ container_id, removed: true });
    expect(await docker.listContainers({ all: true, filters: { id: [String(container_id)] } })).toEqual([]);
    expect(refusal(await dockerStop.perform(config, run))).toMatchObject({ code: 'TM4508' });
  });

  test('docker_stop with remove: false only stops it; another run’s container is not removed', async () => {
    const run = newRun();
    const { container_name } = output(await dockerRun.perform({ image: REDIS }, run));
    const config = { container_id: container_name ?? null };
    expect(refusal(await dockerStop.perform(config, newRun()))).toMatchObject({ code: 'TM4509' });
    expect(output(await dockerStop.perform({ ...config, remove: false }, run))).toMatchObject({ removed: false });
    expect((await docker.getContainer(String(container_name)).inspect()).State.Running).toBe(false);
  });

  test('a container that ends while starting is told with its last words, and is removed', async () => {
    const run = newRun();
    const outcome = await dockerRun.perform(
      { image: REDIS, command: ['sh', '-c', 'echo no such config; exit 3'] },
      run,
    );
    const { code, reason } = refusal(outcome);
    expect(code).toBe('TM4504');
    expect(reason).toContain('exit code 3');
    expect(reason).toContain('no such config');
    expect(await left(run.runId)).toBe(0);
  });

  test('a container that is not ready in time is told with what was seen, and is removed', async () => {
    const run = newRun();
    const config = { image: REDIS, command: ['sh', '-c', 'echo sleeping; sleep 60'], timeout: '1s' };
    const { code, reason } = refusal(await dockerRun.perform(config, run));
    expect(code).toBe('TM4505');
    expect(reason).toMatch(/not ready within 1000 ms; waited for Redis on 127\.0\.0\.1:\d+: /);
    expect(reason).toContain('sleeping');
    expect(await left(run.runId)).toBe(0);
  });

  test('a log line and a port are waited for', async () => {
    const command = ['sh', '-c', 'sleep 1; echo half; sleep 1; redis-server --port 7000 --save ""'];
    const config = { image: REDIS, entrypoint: command, wait_for_log: 'half', timeout: '5s' };
    const { code, reason } = refusal(await dockerRun.perform(config, newRun()));
    expect(code).toBe('TM4505');
    expect(reason).toContain('waited for Redis on');
  });

  test('a text that the log must have twice is waited for', async () => {
    const program = "console.log('ready'); setTimeout(() => console.log('ready'), 1000); setInterval(() => {}, 1000)";
    const config = { image: NODE, command: ['node', '--eval', program], wait_for_log: { text: 'ready', times: 2 } };
    const result = output(await dockerRun.perform(config, newRun()));
    const logs = await docker.getContainer(String(result['container_id'])).logs({ stdout: true });
    expect(logs.toString().match(/ready/g)).toHaveLength(2);
  });

  test('an address in the container is waited for until it answers with a status that will do', async () => {
    const program = `
      let asked = 0;
      const answer = (request, response) => response.writeHead(request.url === '/health' && ++asked > 3 ? 204 : 503).end();
      require('node:http').createServer(answer).listen(8080);`;
    const wait = { port: 8080, path: '/health', status: [200, 204] };
    const config = { image: NODE, command: ['node', '--eval', program], ports: { '8080': 0 }, wait_for_http: wait };
    const { ports } = output(await dockerRun.perform(config, newRun())) as { ports: Record<string, number> };
    expect((await fetch(`http://127.0.0.1:${ports['8080']}/health`)).status).toBe(204);
    expect((await fetch(`http://127.0.0.1:${ports['8080']}/`)).status).toBe(503);
  });

  test('an address that never answers as wanted is told with what it answered', async () => {
    const program = "require('node:http').createServer((_, r) => r.writeHead(500).end()).listen(8080)";
    const config = { image: NODE, command: ['node', '--eval', program], wait_for_http: { port: 8080 }, timeout: '3s' };
    const { code, reason } = refusal(await dockerRun.perform(config, newRun()));
    expect(code).toBe('TM4505');
    expect(reason).toMatch(/waited for http:\/\/127\.0\.0\.1:\d+\/ to answer 200: it answered 500/);
  });

  test('a name that is taken, by this run or by another, is told as such', async () => {
    const run = newRun();
    const name = `taken-${Date.now()}`;
    output(await dockerRun.perform({ image: REDIS, name }, run));
    expect(refusal(await dockerRun.perform({ image: REDIS, name }, run)).code).toBe('TM4506');
    expect(refusal(await dockerRun.perform({ image: REDIS, name }, newRun())).code).toBe('TM4506');
    expect((await docker.getContainer(name).inspect()).State.Running).toBe(true);
  });

  test('a program that is not in the image is told as Docker tells it, and nothing stays', async () => {
    const run = newRun();
    const { code, reason } = refusal(await dockerRun.perform({ image: REDIS, entrypoint: 'no-such-program' }, run));
    expect(code).toBe('TM4503');
    expect(reason).toContain('no-such-program');
    expect(await left(run.runId)).toBe(0);
  });

  test('a host port that is taken is told as such, and nothing stays', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const run = newRun();
    const { code } = refusal(await dockerRun.perform({ image: REDIS, ports: { '6379': port } }, run));
    server.close();
    expect(code).toBe('TM4507');
    expect(await left(run.runId)).toBe(0);
  });

  test('an image that is nowhere is told apart from a registry that cannot be reached', async () => {
    const image = `localhost:1/testmesh/nowhere:${Date.now()}`;
    expect(refusal(await dockerRun.perform({ image }, newRun()))).toMatchObject({
      code: 'TM4502',
      reason: expect.stringContaining('its registry could not be reached'),
    });
    expect(refusal(await dockerRun.perform({ image, pull: 'never' }, newRun())).reason).toContain('`pull: never`');
  });

  test('a cancelled step stops waiting and takes its container along', async () => {
    const controller = new AbortController();
    const reason = new Error('the step timed out');
    const run = newRun({ signal: controller.signal });
    const pending = dockerRun.perform({ image: REDIS, command: ['sleep', '60'], timeout: '1h' }, run);
    setTimeout(() => controller.abort(reason), 3000);
    await expect(pending).rejects.toBe(reason);
    expect(await left(run.runId)).toBe(0);
  });

  test('limits arrive in the container', async () => {
    const { container_id } = output(await dockerRun.perform({ image: REDIS, memory: '64MiB', cpus: 0.5 }, newRun()));
    const { HostConfig } = await docker.getContainer(String(container_id)).inspect();
    expect(HostConfig).toMatchObject({ Memory: 67_108_864, NanoCpus: 500_000_000 });
  });

  test('two runs share a network that neither found; the last one removes it', async () => {
    const network = `shared-${Date.now()}`;
    const [first, second] = [newRun(), newRun()];
    await Promise.all([first, second].map((run) => dockerRun.perform({ image: REDIS, network }, run).then(output)));
    await first.close();
    expect((await docker.getNetwork(network).inspect()).Name).toBe(network);
    await second.close();
    await expect(docker.getNetwork(network).inspect()).rejects.toMatchObject({ statusCode: 404 });
  });

  test('when the runner is killed, its containers, networks and volumes go', async () => {
    const runId = `killed-${Date.now()}`;
    const runner = spawn(process.execPath, [RUNNER, runId, REDIS, `net-${runId}`], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    const [line] = await once(runner.stdout, 'data');
    expect(JSON.parse(String(line))).toMatchObject({ kind: 'completed' });
    expect(await left(runId)).toBe(3);
    runner.kill('SIGKILL');
    await once(runner, 'exit');
    await until('the removal', async () => (await left(runId)) === 0);
  });

  test('the next run sweeps what a dead one left', async () => {
    const container = await docker.createContainer({
      Image: REDIS,
      Labels: (await labelsOfDeadRun(newRun())) as Record<string, string>,
    });
    output(await dockerRun.perform({ image: REDIS }, newRun()));
    await expect(container.inspect()).rejects.toMatchObject({ statusCode: 404 });
  });

  /** The labels of a real container, with an owner whose process is gone. */
  const labelsOfDeadRun = async (run: TestActionContext): Promise<Record<string, unknown>> => {
    const { container_id } = output(await dockerRun.perform({ image: REDIS }, run));
    const { Config } = await docker.getContainer(String(container_id)).inspect();
    return { ...Config.Labels, 'testmesh.run': 'dead', 'testmesh.owner.pid': '4194304' };
  };
});

test('a daemon that is not there is told with its address', async () => {
  const before = process.env['DOCKER_HOST'];
  process.env['DOCKER_HOST'] = 'unix:///nowhere/docker.sock';
  const outcome = await dockerRun.perform({ image: REDIS }, newRun());
  process.env['DOCKER_HOST'] = 'tcp://127.0.0.1:1';
  const refused = await dockerStop.perform({ container_id: 'x' }, newRun());
  if (before === undefined) delete process.env['DOCKER_HOST'];
  else process.env['DOCKER_HOST'] = before;
  expect(refusal(outcome)).toMatchObject({
    code: 'TM4501',
    reason: 'Docker did not answer at unix:///nowhere/docker.sock (ENOENT)',
  });
  expect(refusal(refused).reason).toBe('Docker did not answer at tcp://127.0.0.1:1 (ECONNREFUSED)');
});
