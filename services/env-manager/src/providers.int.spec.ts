import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { EnvironmentTarget } from '@testmesh/ports';
import { systemClock } from '@testmesh/runtime';
import { describeWith } from '../../../tools/testing/real.ts';
import { openProviders, type Providers } from './providers.ts';
import { envManagerSettings } from './settings.ts';

const TESTMESH_TEMPLATES = fileURLToPath(new URL('../../../examples/templates', import.meta.url));
const signal = new AbortController().signal;

const target: EnvironmentTarget = {
  ...{ id: 'nobody', workspace: 'acme', resources: [] },
  spec: {
    ...{ name: 'PR', context: 'pr', cluster: 'default', provider: 'any', namespace: `review-nobody-${process.pid}` },
    ...{ applicationName: `testmesh-nobody-${process.pid}`, ttlMinutes: 60, readyWithinMinutes: 15 },
    ...{ services: [], routingPolicy: {}, settings: {} },
  },
};

const opened = (environment: NodeJS.ProcessEnv) => {
  const faults: unknown[] = [];
  const onFault = ({ error }: { readonly error: unknown }) => faults.push(error);
  return openProviders({
    settings: envManagerSettings(environment),
    clock: systemClock,
    onFault,
    onChange: () => undefined,
  });
};

test('without any setting nothing deploys anything', async () => {
  const providers = opened({});
  for (const name of ['argocd', 'compose', 'flux', 'kubernetes', 'constructor']) {
    expect(providers.find(name, 'default')).toBeUndefined();
  }
  await providers.close();
});

describeWith('kubernetes', 'providers over a cluster, as the variables say', (kubeconfig) => {
  let providers: Providers;
  beforeAll(() => {
    const cluster = { TESTMESH_KUBECONFIG: kubeconfig, TESTMESH_TEMPLATES };
    providers = opened({ ...cluster, TESTMESH_KUBERNETES_DEPLOY: 'true', FLUX_NAMESPACE: 'default' });
  });
  afterAll(() => providers.close());

  test('kubernetes answers for an environment that nobody made, and only in its cluster', async () => {
    expect(await providers.find('kubernetes', 'default')?.observe(target, signal)).toEqual({
      ...{ health: 'missing', message: `the namespace "${target.spec.namespace}" is not there` },
    });
    expect(await providers.find('kubernetes', 'default')?.destroy(target, signal)).toEqual({ outcome: 'gone' });
    expect(providers.find('kubernetes', 'other')).toBeUndefined();
  });

  test('flux asks the same cluster', async () => {
    const flux = providers.find('flux', 'default');
    // Where no other test installed Flux's kinds, the cluster does not know them, and says so.
    const said = await flux?.observe(target, signal).then(
      (seen) => ('message' in seen ? seen.message : seen.health),
      (error: Error) => error.message,
    );
    expect(said).toMatch(/Kustomization "testmesh-nobody-\d+" is not there|the cluster knows no Kustomization/);
  });
});

describeWith('docker', 'compose over a daemon, as the variables say', (address) => {
  test('answers for an environment that nobody made', async () => {
    const providers = opened({ TESTMESH_COMPOSE_DOCKER: address, TESTMESH_TEMPLATES });
    expect(await providers.find('compose', 'default')?.observe(target, signal)).toEqual({
      ...{ health: 'missing', message: `the network "${target.spec.namespace}" is not there` },
    });
    await providers.close();
  });
});
