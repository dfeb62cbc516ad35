import { expect, test } from '@jest/globals';
import { envManagerSettings } from './settings.ts';

test('nothing is allowed and nothing is asked where nothing is said', () => {
  expect(envManagerSettings({})).toEqual({
    ...{ argoCd: undefined, compose: undefined, flux: undefined, kubernetes: undefined },
    names: { namespaces: [], applications: [], reserved: [] },
  });
});

test('names are lists of patterns', () => {
  const environment = { TESTMESH_NAMESPACES: 'review-*, qa-*,', TESTMESH_APPLICATIONS: 'testmesh-*' };
  expect(envManagerSettings(environment).names).toEqual({
    ...{ namespaces: ['review-*', 'qa-*'], applications: ['testmesh-*'], reserved: [] },
  });
});

test('Argo CD is named with its token, or the service says what is missing', () => {
  const server = 'https://argocd.example.com';
  expect(envManagerSettings({ ARGOCD_SERVER: server, ARGOCD_TOKEN: 't' }).argoCd).toEqual({
    way: 'api',
    at: { server, token: 't', project: 'default' },
  });
  expect(() => envManagerSettings({ ARGOCD_SERVER: server })).toThrow(/ARGOCD_TOKEN is not/);
  expect(() => envManagerSettings({ ARGOCD_TOKEN: 't' })).toThrow(/ARGOCD_SERVER is not/);
  expect(() => envManagerSettings({ ARGOCD_SERVER: 'argocd:443', ARGOCD_TOKEN: 't' })).toThrow(
    /is no http\(s\) address/,
  );
});

test('a Docker daemon is named with the folder of what may be deployed, or the service says what is missing', () => {
  const daemon = 'unix:///var/run/docker.sock';
  expect(envManagerSettings({ TESTMESH_COMPOSE_DOCKER: daemon, TESTMESH_TEMPLATES: '/t' }).compose).toEqual({
    ...{ daemon, templates: '/t' },
  });
  expect(() => envManagerSettings({ TESTMESH_COMPOSE_DOCKER: daemon })).toThrow(/TESTMESH_TEMPLATES is not/);
});

test('Argo CD is asked where it keeps its Applications, in the cluster of this process or of a kubeconfig', () => {
  const inPod = { KUBERNETES_SERVICE_HOST: '10.96.0.1' };
  expect(envManagerSettings({ ARGOCD_NAMESPACE: 'argocd', ...inPod }).argoCd).toEqual({
    way: 'kubernetes',
    at: { cluster: {}, namespace: 'argocd' },
  });
  const far = { TESTMESH_KUBECONFIG: '/etc/kubeconfig', TESTMESH_KUBE_CONTEXT: 'staging', TESTMESH_TEMPLATES: '/t' };
  expect(envManagerSettings({ ARGOCD_NAMESPACE: 'argocd', ...far }).argoCd).toEqual({
    way: 'kubernetes',
    at: { cluster: { kubeconfig: '/etc/kubeconfig', context: 'staging' }, namespace: 'argocd', templates: '/t' },
  });
  expect(() => envManagerSettings({ ARGOCD_NAMESPACE: 'argocd', TESTMESH_KUBE_CONTEXT: 'x' })).toThrow(
    /TESTMESH_KUBECONFIG is not/,
  );
  expect(() => envManagerSettings({ ARGOCD_NAMESPACE: 'argocd' })).toThrow(/runs in no pod/);
  const both = { ARGOCD_NAMESPACE: 'argocd', ARGOCD_SERVER: 'https://argocd.example.com', ARGOCD_TOKEN: 't' };
  expect(() => envManagerSettings(both)).toThrow(/keep one of them/);
});

test('Flux is asked where it keeps its objects', () => {
  expect(envManagerSettings({ FLUX_NAMESPACE: 'flux-system', TESTMESH_KUBECONFIG: '/k' }).flux).toEqual({
    ...{ cluster: { kubeconfig: '/k' }, namespace: 'flux-system' },
  });
});

test('a cluster is deployed into only when its operator says so, within bounds', () => {
  const on = { TESTMESH_KUBERNETES_DEPLOY: 'true', TESTMESH_TEMPLATES: '/t', KUBERNETES_SERVICE_HOST: '10.96.0.1' };
  expect(envManagerSettings(on).kubernetes).toEqual({
    ...{ cluster: {}, templates: '/t', containerLimits: {}, reachableFrom: ['testmesh'] },
    quota: { pods: '50', 'services.loadbalancers': '0', 'services.nodeports': '0' },
  });
  const bounds = {
    ...{ TESTMESH_KUBERNETES_QUOTA: 'pods=5, requests.cpu=500m', TESTMESH_KUBERNETES_LIMITS: 'memory=512Mi' },
    ...{ TESTMESH_KUBERNETES_REACHABLE_FROM: 'ci,ingress', TESTMESH_HELM: '/usr/bin/helm' },
  };
  expect(envManagerSettings({ ...on, ...bounds }).kubernetes).toMatchObject({
    ...{ quota: { pods: '5', 'requests.cpu': '500m' }, containerLimits: { memory: '512Mi' } },
    ...{ reachableFrom: ['ci', 'ingress'], helm: '/usr/bin/helm' },
  });
  expect(envManagerSettings({ TESTMESH_KUBERNETES_DEPLOY: 'false' }).kubernetes).toBeUndefined();
  expect(() => envManagerSettings({ TESTMESH_KUBERNETES_DEPLOY: 'yes' })).toThrow(/neither true nor false/);
  expect(() => envManagerSettings({ ...on, TESTMESH_TEMPLATES: '' })).toThrow(/TESTMESH_TEMPLATES is not/);
  expect(() => envManagerSettings({ ...on, TESTMESH_KUBERNETES_QUOTA: 'pods' })).toThrow(
    /"pods" is not written as pods=50/,
  );
});
