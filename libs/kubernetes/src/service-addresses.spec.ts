import { expect, test } from '@jest/globals';
import type { EnvironmentTarget, Observation } from '@testmesh/ports';
import type { KubernetesApi } from './kubernetes-api.ts';
import { type Service, type ServicePort, serviceAddress, withServices } from './service-addresses.ts';

const service = (ports: readonly ServicePort[], type = 'ClusterIP', name = 'orders', uid = 'u1'): Service => ({
  metadata: { name, namespace: 'review-1', uid },
  spec: { type, ports },
});

test.each<[string, readonly ServicePort[], string]>([
  ['the only port', [{ port: 8080 }], 'http://orders.review-1.svc.cluster.local:8080'],
  [
    'the port that says HTTP, wherever it stands',
    [
      { name: 'admin', port: 9000 },
      { name: 'http-public', port: 80 },
    ],
    'http://orders.review-1.svc.cluster.local:80',
  ],
  ['TLS by its name', [{ name: 'https', port: 9443 }], 'https://orders.review-1.svc.cluster.local:9443'],
  ['TLS by its number', [{ port: 443 }], 'https://orders.review-1.svc.cluster.local:443'],
  ['gRPC', [{ appProtocol: 'grpc', port: 50_051 }], 'grpc://orders.review-1.svc.cluster.local:50051'],
  [
    'what the application protocol says before the name',
    [{ name: 'tcp', appProtocol: 'kubernetes.io/h2c', port: 7000 }],
    'http://orders.review-1.svc.cluster.local:7000',
  ],
])('a Service is reached at %s', (_what, ports, address) => {
  expect(serviceAddress(service(ports))).toBe(address);
});

test.each<[string, Service]>([
  ['a database by its number', service([{ port: 5432 }])],
  ['a database by the name of its port', service([{ name: 'postgres', port: 15_432 }])],
  ['only measurements', service([{ name: 'metrics', port: 9100 }])],
  ['UDP', service([{ port: 53, protocol: 'UDP' }])],
  ['no port', service([])],
  ['something elsewhere', service([{ port: 80 }], 'ExternalName')],
])('V1: a Service of %s has no address that could be told', (_what, one) => {
  expect(serviceAddress(one)).toBeUndefined();
});

const spec = {
  ...{ name: 'PR', context: 'pr', cluster: 'default', provider: 'argocd', namespace: 'review-1', settings: {} },
  ...{ ttlMinutes: 60, readyWithinMinutes: 15, services: [], routingPolicy: {} },
};
const target = (resources: EnvironmentTarget['resources'] = []): EnvironmentTarget => ({
  ...{ id: 'e1', workspace: 'acme', spec, resources },
});
const cluster = (...items: readonly Service[]) => {
  const asked: unknown[] = [];
  const api = {
    list: async (selection: unknown) => {
      asked.push(selection);
      return { items, resourceVersion: '1' };
    },
  } as unknown as Pick<KubernetesApi, 'list'>;
  return { api, asked };
};
const { signal } = new AbortController();
const namespace = { kind: 'Namespace', name: 'review-1', uid: 'n1' };
const healthy: Observation = { health: 'healthy', resources: [namespace] };

test('what is healthy is bound together with its Services, asked for in its own namespace', async () => {
  const { api, asked } = cluster(service([{ port: 80 }]), service([{ port: 5432 }], 'ClusterIP', 'postgres', 'u2'));
  const seen = await withServices(api, target(), healthy, signal);
  const url = 'http://orders.review-1.svc.cluster.local:80';
  expect(seen).toEqual({
    health: 'healthy',
    resources: [namespace, { kind: 'Service', name: 'orders', uid: 'u1', url }],
  });
  expect(asked).toEqual([{ apiVersion: 'v1', kind: 'Service', namespace: 'review-1' }]);
});

test('V2: a Service that was made anew does not take the place of the one that was bound', async () => {
  const bound = { kind: 'Service', name: 'orders', uid: 'u0', url: 'http://orders.review-1.svc.cluster.local:80' };
  const { api } = cluster(service([{ port: 80 }]));
  const seen = await withServices(api, target([namespace, bound]), healthy, signal);
  expect(seen).toEqual({ health: 'healthy', resources: [namespace, bound] });
});

test('nothing is asked while it is not ready', async () => {
  const { api, asked } = cluster();
  const seen: Observation = { health: 'progressing', message: 'it is new', resources: [] };
  expect(await withServices(api, target(), seen, signal)).toBe(seen);
  expect(asked).toEqual([]);
});
