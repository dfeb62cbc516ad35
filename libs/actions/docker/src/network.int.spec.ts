import { networkInterfaces } from 'node:os';
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import type { ActionContext, ActionOutcome } from '@testmesh/action-kit';
import type { ValueMap } from '@testmesh/domain';
import { actionContext, type TestActionContext } from '@testmesh/testing';
import Docker from 'dockerode';
import { ensureImage } from '../../../../tools/infra/stand-ins/ensure-image.ts';
import { describeWith } from '../../../../tools/testing/real.ts';
import { dockerRun } from './docker-run.ts';

const REDIS = 'redis:7-alpine';

jest.setTimeout(120_000);

const contexts: TestActionContext[] = [];

const OPEN = { connecting: () => undefined, usingDocker: () => undefined, listening: () => undefined };
const refused = (network: string) => ({ code: 'TM4803', reason: `not ${network}`, help: 'another' });

const newRun = (overrides: Partial<ActionContext> = {}): TestActionContext => {
  const runId = `network-${process.pid}-${Date.now()}-${contexts.length}`;
  const context = actionContext({ runId, ...overrides });
  contexts.push(context);
  return context;
};

const output = (outcome: ActionOutcome): ValueMap => {
  if (outcome.kind !== 'completed') throw new Error(`${outcome.code} ${outcome.reason}`);
  return outcome.output;
};

describeWith('docker', 'docker_run and the machine it is on', (address) => {
  let docker: Docker;
  const before = process.env['DOCKER_HOST'];

  beforeAll(async () => {
    process.env['DOCKER_HOST'] = address;
    docker = new Docker();
    await ensureImage(address, REDIS);
  });
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close();
  });
  afterAll(() => {
    if (before === undefined) delete process.env['DOCKER_HOST'];
    else process.env['DOCKER_HOST'] = before;
  });

  test('where the machine is refused to flows, a run makes networks and joins those that runs made, but none that was there', async () => {
    const outbound = {
      ...OPEN,
      usingDocker: ({ network }: { network?: string }) => (network === undefined ? undefined : refused(network)),
    };
    const [first, second] = [newRun({ outbound }), newRun({ outbound })];
    const [network, foreign] = [`made-${Date.now()}`, `foreign-${Date.now()}`];
    for (const run of [first, second]) output(await dockerRun.perform({ image: REDIS, network }, run));
    const there = await docker.createNetwork({ Name: foreign });
    try {
      const asked = { image: REDIS, network: foreign };
      expect(await dockerRun.perform(asked, newRun({ outbound }))).toMatchObject({
        code: 'TM4803',
        reason: expect.stringContaining(foreign),
      });
      const allowed = newRun({ outbound: OPEN });
      output(await dockerRun.perform(asked, allowed));
      await allowed.close();
    } finally {
      await there.remove();
    }
  });

  test('ports are published and reached at the address that is given for the machine of the daemon', async () => {
    const machine = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses);
    const at = String(machine.find(({ family, internal }) => family === 'IPv4' && !internal)?.address);
    process.env['TESTMESH_DOCKER_ADDRESS'] = at;
    try {
      const result = output(await dockerRun.perform({ image: REDIS }, newRun()));
      expect(result).toMatchObject({ host: at, dsn: expect.stringContaining(`redis://${at}:`) });
      const { NetworkSettings } = await docker.getContainer(String(result['container_id'])).inspect();
      expect(NetworkSettings.Ports['6379/tcp']?.map(({ HostIp }) => HostIp)).toEqual([at]);
    } finally {
      delete process.env['TESTMESH_DOCKER_ADDRESS'];
    }
  });
});
