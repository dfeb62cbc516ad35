import { expect, test } from '@jest/globals';
import type { EnvironmentTarget } from '@testmesh/ports';
import { composeServices } from './compose-file.ts';
import type { ContainerState } from './judgement.ts';
import { observed } from './observation.ts';

const services = composeServices({
  where: 'shop.yaml',
  value: { services: { api: { image: 'x', ports: ['53/udp', '8080', '9090'] }, worker: { image: 'x' } } },
});
const running: ContainerState = {
  id: 'a',
  status: 'running',
  ranForMs: 9000,
  exitCode: 0,
  isOutOfMemory: false,
  ports: {},
};
const target: EnvironmentTarget = {
  ...{ id: 'e1', workspace: 'acme', resources: [] },
  spec: {
    ...{ name: 'PR 1', context: 'pr-1', cluster: 'default', provider: 'compose', namespace: 'review-1' },
    ...{ ttlMinutes: 60, readyWithinMinutes: 15, services: [], routingPolicy: {}, settings: {} },
  },
};
const look = (states: Record<string, ContainerState>, resources: EnvironmentTarget['resources'] = []) =>
  observed({ ...target, resources }, { id: 'n1', services }, new Map(Object.entries(states)));

const network = { kind: 'Network', name: 'review-1', uid: 'n1' };
const api = (port: number) => ({ ...running, ports: { '53/udp': 5353, '8080/tcp': port, '9090/tcp': 1 } });
const boundApi = { kind: 'Container', name: 'api', uid: 'a', url: 'http://127.0.0.1:32768' };
const boundWorker = { kind: 'Container', name: 'worker', uid: 'w' };
const worker = { ...running, id: 'w' };

test('a service is reached at the first TCP port that it publishes', () => {
  expect(look({ api: api(32768), worker })).toEqual({ health: 'healthy', resources: [network, boundApi, boundWorker] });
});

test('a container is bound only once it was started, when its port is known', () => {
  expect(look({ api: api(32768), worker: { ...worker, status: 'created' } })).toEqual({
    ...{ health: 'progressing', message: 'the service "worker" is being started', resources: [network, boundApi] },
  });
});

test('D3: a bound container that is gone, or is another one, is missed', () => {
  const lost = { health: 'missing', message: 'the container of the service "api" was deleted' };
  expect(look({ worker }, [network, boundApi])).toEqual(lost);
  expect(look({ api: { ...api(32768), id: 'b' }, worker }, [network, boundApi])).toEqual(lost);
});

test('a service that moved to another port is not well: runs were told the first one', () => {
  expect(look({ api: api(32999), worker }, [network, boundApi, boundWorker])).toMatchObject({
    health: 'degraded',
    message:
      'the service "api" was started again and is reached at http://127.0.0.1:32999 now; runs were told otherwise',
  });
});
