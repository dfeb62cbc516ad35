import { expect, jest, test } from '@jest/globals';
import { KubernetesApi, type KubernetesObject, namespaceRef } from '@testmesh/kubernetes';
import { gitOpsProviderContract } from '@testmesh/testing/contracts';
import { limitedAccount } from '../../../../tools/testing/limited-account.ts';
import { describeWith } from '../../../../tools/testing/real.ts';
import { ENVIRONMENT } from './guards.ts';
import {
  deployment,
  EXAMPLES,
  job,
  kubernetesWorld,
  nameOf,
  orders,
  pause,
  ref,
  signal,
} from './kubernetes-world.fixture.ts';

// Namespaces come and go here, on busy machines too.
jest.setTimeout(180_000);

describeWith('kubernetes', 'kubernetesProvider on a real Kubernetes API', (kubeconfig) => {
  const { api, template, provider, watches, told, target, namespaceOf, remove, until } = kubernetesWorld(kubeconfig);

  gitOpsProviderContract(
    'kubernetesProvider',
    () => ({
      provider: provider({ watches: watches() }),
      target,
      owns: (one) => ({ kind: 'Namespace', name: nameOf(one) }),
      becomeHealthy: async (one) => {
        const metadata = { annotations: { 'kube-api.testmesh.dev/stays': null } };
        await api().patch(orders(one), { spec: { template: { metadata } } }, signal);
      },
      degrade: async (one) => {
        const metadata = { name: 'migrate', namespace: nameOf(one), labels: { [ENVIRONMENT]: one.id } };
        await api().create({ ...job(7), metadata } as KubernetesObject, signal);
      },
      removeByHand: remove,
      remakeByHand: async (one) => {
        await api().create({ ...namespaceRef(nameOf(one)), metadata: { name: nameOf(one) } }, signal);
      },
      hold: async (one) => {
        const metadata = { name: 'held', namespace: nameOf(one), finalizers: ['example.com/held'] };
        await api().create({ apiVersion: 'v1', kind: 'ConfigMap', metadata }, signal);
      },
      letGo: async (one) => {
        await api().patch(ref(one, 'v1', 'ConfigMap', 'held'), { metadata: { finalizers: null } }, signal);
      },
      exists: async (one) => (await namespaceOf(one)) !== undefined,
    }),
    90_000,
  );

  test('its watches tell of the namespace when something in it becomes ready, and when it goes', async () => {
    const one = target();
    const by = provider({ watches: watches() });
    while ((await by.bring(one, signal)).health === 'missing') await pause();
    const isTold = async (): Promise<void> => {
      while (!told.includes(nameOf(one))) await pause();
      told.length = 0;
    };
    told.length = 0;
    await api().patch(
      orders(one),
      { spec: { template: { metadata: { annotations: { 'kube-api.testmesh.dev/stays': null } } } } },
      signal,
    );
    await isTold();
    const seen = await until(one, 'healthy', by);
    told.length = 0;
    await remove({ ...one, resources: 'resources' in seen ? seen.resources : [] });
    await isTold();
  });

  test('K1: the namespace says whose it is, and has a quota, a limit and a wall around it', async () => {
    await template('ready', deployment(''));
    const one = target({ template: 'ready' });
    await until(one, 'healthy', provider({ containerLimits: { memory: '512Mi' } }));
    expect((await namespaceOf(one))?.metadata?.labels).toMatchObject({
      ...{ 'testmesh.dev/environment': one.id, 'pod-security.kubernetes.io/enforce': 'baseline' },
    });
    const spec = async (apiVersion: string, kind: string) =>
      ((await api().get(ref(one, apiVersion, kind, 'testmesh'), signal)) as { readonly spec?: object } | undefined)
        ?.spec;
    expect(await spec('v1', 'ResourceQuota')).toEqual({ hard: { pods: '10' } });
    expect(await spec('v1', 'LimitRange')).toMatchObject({ limits: [{ default: { memory: '512Mi' } }] });
    expect(await spec('networking.k8s.io/v1', 'NetworkPolicy')).toMatchObject({
      ingress: [
        {
          from: [
            { podSelector: {} },
            { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'testmesh' } } },
          ],
        },
      ],
    });
  });

  test('deploys the manifests that are shipped as an example', async () => {
    const one = target({ template: 'shop-manifests', variables: { TAG: 'pr-123', REPLICAS: 2 } });
    await until(one, 'healthy', provider({ templates: EXAMPLES }));
    expect(await api().get(orders(one), signal)).toMatchObject({
      spec: { replicas: 2, template: { spec: { containers: [{ image: 'shop/orders:pr-123' }] } } },
    });
  });

  test('fills in what the request says', async () => {
    await template('filled', deployment('\n  replicas: ${REPLICAS}'));
    const one = target({ template: 'filled', variables: { REPLICAS: 2, TAG: 'pr-7' } });
    await until(one, 'healthy');
    expect(await api().get(orders(one), signal)).toMatchObject({
      spec: { replicas: 2, template: { spec: { containers: [{ image: 'orders:pr-7' }] } } },
    });
  });

  test('K4: what was deleted by hand is told and not made again', async () => {
    await template('ready', deployment(''));
    const one = target({ template: 'ready' });
    const seen = await until(one, 'healthy');
    await api().remove(orders(one), (await api().get(orders(one), signal))?.metadata?.uid ?? '', signal);
    const bound = { ...one, resources: 'resources' in seen ? seen.resources : [] };
    for (const how of ['observe', 'bring'] as const) {
      expect(await provider()[how](bound, signal)).toMatchObject({
        ...{ health: 'degraded', message: 'Deployment/orders was deleted' },
      });
    }
  });

  test('K1: what was made before a crash and never bound is found again, and goes', async () => {
    const one = target();
    await provider().bring(one, signal);
    while ((await provider().destroy(one, signal)).outcome !== 'gone') await pause();
    expect(await namespaceOf(one)).toBeUndefined();
  });

  test('needs no more rights than its page says, and tells which one it lacks', async () => {
    const rule = (apiGroups: string[], resources: string[], verbs: string[]) => ({ apiGroups, resources, verbs });
    const rules = [
      rule([''], ['namespaces'], ['get', 'create', 'patch', 'delete']),
      rule([''], ['resourcequotas'], ['get', 'create', 'patch']),
      rule(['networking.k8s.io'], ['networkpolicies'], ['get', 'create', 'patch']),
      rule(['apps'], ['deployments', 'statefulsets', 'daemonsets'], ['list']),
      rule([''], ['pods', 'services'], ['list']),
      rule(['batch'], ['jobs'], ['list']),
      rule(['apps'], ['deployments'], ['get', 'create', 'patch']),
    ];
    await using account = await limitedAccount(kubeconfig, rules);
    const limited = new KubernetesApi({ kubeconfig: account.kubeconfig });
    await template('ready', deployment(''));
    const one = target({ template: 'ready' });
    await until(one, 'healthy', provider({ api: limited }));
    while ((await provider({ api: limited }).destroy(one, signal)).outcome !== 'gone') await pause();
    await template('secret', 'apiVersion: v1\nkind: Secret\nmetadata: { name: key }');
    expect(await provider({ api: limited }).bring(target({ template: 'secret' }), signal)).toMatchObject({
      health: 'degraded',
      message: expect.stringMatching(/^secret\.yaml \(Secret "key"\): .*403.*cannot patch resource "secrets"/),
    });
    limited.close();
  });
});
