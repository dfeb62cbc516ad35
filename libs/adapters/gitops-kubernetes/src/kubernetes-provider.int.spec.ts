import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { KubernetesApi, type KubernetesObject, namespaceRef } from '@testmesh/kubernetes';
import type { EnvironmentTarget, Observation } from '@testmesh/ports';
import { gitOpsProviderContract } from '@testmesh/testing/contracts';
import { describeWithHelm } from '../../../../tools/helm/with-helm.ts';
import { describeWith } from '../../../../tools/testing/real.ts';
import { ENVIRONMENT } from './guards.ts';
import { type KubernetesProviderSettings, kubernetesProvider } from './index.ts';

// A namespace takes its five seconds to go.
jest.setTimeout(180_000);

const signal = new AbortController().signal;

const pods = (annotation: string) => `
  selector: { matchLabels: { app: orders } }
  template:
    metadata: { labels: { app: orders }, annotations: { ${annotation} } }
    spec: { containers: [{ name: app, image: "orders:\${TAG:-latest}" }] }`;
const deployment = (rest: string, annotation = 'note: none') =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: orders }\nspec:${pods(annotation)}${rest}\n`;
const job = (exitCode: number) => ({
  ...{ apiVersion: 'batch/v1', kind: 'Job' },
  spec: {
    backoffLimit: 0,
    template: {
      metadata: { annotations: { 'kube-api.testmesh.dev/exit-code': String(exitCode) } },
      spec: { restartPolicy: 'Never', containers: [{ name: 'app', image: 'x' }] },
    },
  },
});

describeWith('kubernetes', 'kubernetesProvider on a real Kubernetes API', (kubeconfig) => {
  let templates: string;
  let api: KubernetesApi;
  const made: EnvironmentTarget[] = [];

  beforeAll(async () => {
    api = new KubernetesApi({ kubeconfig });
    templates = await mkdtemp(join(tmpdir(), 'kubernetes-templates-'));
    await template('shop', deployment('', 'kube-api.testmesh.dev/stays: Pending'));
  });
  afterAll(async () => {
    for (const one of made) {
      const found = await namespaceOf(one);
      if (found !== undefined) await api.remove(namespaceRef(nameOf(one)), found.metadata?.uid ?? '', signal);
    }
    api.close();
    await rm(templates, { recursive: true });
  });

  const template = (name: string, text: string) => writeFile(join(templates, `${name}.yaml`), text);
  const provider = (settings: Partial<KubernetesProviderSettings> = {}) =>
    kubernetesProvider({
      ...{ api, templates, quota: { pods: '10' }, containerLimits: {}, reachableFrom: ['testmesh'] },
      ...settings,
    });
  const target = (settings: object = { template: 'shop' }): EnvironmentTarget => {
    const id = randomUUID();
    const spec = {
      ...{
        name: 'PR',
        context: 'pr',
        cluster: 'default',
        provider: 'kubernetes',
        namespace: `review-${id.slice(0, 8)}`,
      },
      ...{ ttlMinutes: 60, readyWithinMinutes: 15, services: [], routingPolicy: {} },
      settings: settings as EnvironmentTarget['spec']['settings'],
    };
    const one = { id, workspace: 'acme', spec, resources: [] };
    made.push(one);
    return one;
  };
  const nameOf = ({ spec }: EnvironmentTarget): string => spec.namespace;
  const namespaceOf = (one: EnvironmentTarget) => api.get(namespaceRef(nameOf(one)), signal);
  const ref = (one: EnvironmentTarget, apiVersion: string, kind: string, name: string) => ({
    ...{ apiVersion, kind, name, namespace: nameOf(one) },
  });
  const orders = (one: EnvironmentTarget) => ref(one, 'apps/v1', 'Deployment', 'orders');
  const held = (one: EnvironmentTarget) => ref(one, 'v1', 'ConfigMap', 'held');
  const pause = () => new Promise((resolve) => setTimeout(resolve, 100));
  const remove = async (one: EnvironmentTarget) => {
    const uid = (await namespaceOf(one))?.metadata?.uid ?? '';
    await api.remove(namespaceRef(nameOf(one)), uid, signal);
    while ((await namespaceOf(one))?.metadata?.uid === uid) await pause();
  };
  const until = async (one: EnvironmentTarget, health: Observation['health'], by = provider()) => {
    for (;;) {
      const seen = await by.bring(one, signal);
      if (seen.health === health) return seen;
      if (seen.health !== 'progressing') throw new Error(`${seen.health}: ${'message' in seen ? seen.message : ''}`);
      await pause();
    }
  };

  gitOpsProviderContract(
    'kubernetesProvider',
    () => ({
      provider: provider(),
      target,
      owns: (one) => ({ kind: 'Namespace', name: nameOf(one) }),
      becomeHealthy: async (one) => {
        const metadata = { annotations: { 'kube-api.testmesh.dev/stays': null } };
        await api.patch(orders(one), { spec: { template: { metadata } } }, signal);
      },
      degrade: async (one) => {
        const metadata = { name: 'migrate', namespace: nameOf(one), labels: { [ENVIRONMENT]: one.id } };
        await api.create({ ...job(7), metadata } as KubernetesObject, signal);
      },
      removeByHand: remove,
      remakeByHand: async (one) => {
        await api.create({ ...namespaceRef(nameOf(one)), metadata: { name: nameOf(one) } }, signal);
      },
      hold: async (one) => {
        const metadata = { name: 'held', namespace: nameOf(one), finalizers: ['example.com/held'] };
        await api.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata }, signal);
      },
      letGo: async (one) => {
        await api.patch(held(one), { metadata: { finalizers: null } }, signal);
      },
      exists: async (one) => (await namespaceOf(one)) !== undefined,
    }),
    90_000,
  );

  test('K1: the namespace says whose it is, and has a quota, a limit and a wall around it', async () => {
    await template('ready', deployment(''));
    const one = target({ template: 'ready' });
    await until(one, 'healthy', provider({ containerLimits: { memory: '512Mi' } }));
    expect((await namespaceOf(one))?.metadata?.labels).toMatchObject({
      ...{ 'testmesh.dev/environment': one.id, 'pod-security.kubernetes.io/enforce': 'baseline' },
    });
    const spec = async (apiVersion: string, kind: string) =>
      ((await api.get(ref(one, apiVersion, kind, 'testmesh'), signal)) as { readonly spec?: object } | undefined)?.spec;
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

  const EXAMPLES = fileURLToPath(new URL('../../../../examples/templates', import.meta.url));

  test('deploys the manifests that are shipped as an example', async () => {
    const one = target({ template: 'shop-manifests', variables: { TAG: 'pr-123', REPLICAS: 2 } });
    await until(one, 'healthy', provider({ templates: EXAMPLES }));
    expect(await api.get(orders(one), signal)).toMatchObject({
      spec: { replicas: 2, template: { spec: { containers: [{ image: 'shop/orders:pr-123' }] } } },
    });
  });

  test('fills in what the request says', async () => {
    await template('filled', deployment('\n  replicas: ${REPLICAS}'));
    const one = target({ template: 'filled', variables: { REPLICAS: 2, TAG: 'pr-7' } });
    await until(one, 'healthy');
    expect(await api.get(orders(one), signal)).toMatchObject({
      spec: { replicas: 2, template: { spec: { containers: [{ image: 'orders:pr-7' }] } } },
    });
  });

  describe('refuses, before anything is made,', () => {
    const kinds: readonly (readonly [string, string, RegExp])[] = [
      ['what belongs to the whole cluster', 'apiVersion: v1\nkind: Namespace\nmetadata: { name: x }', /whole cluster/],
      [
        'a kind that the cluster does not know',
        'apiVersion: a.b/v1\nkind: Gadget\nmetadata: { name: x }',
        /no Gadget of a\.b/,
      ],
      [
        'what is for another namespace',
        'apiVersion: v1\nkind: Secret\nmetadata: { name: x, namespace: payments }',
        /is for the namespace "payments"; leave the namespace out/,
      ],
      [
        'to loosen what guards the namespace',
        'apiVersion: v1\nkind: ResourceQuota\nmetadata: { name: testmesh }',
        /this name is the operator's/,
      ],
      ['what is no object', 'hello: world', /^refused\.yaml is no Kubernetes object: apiVersion: /],
      ['nothing at all', '# nothing', /nothing to deploy/],
    ];
    for (const [what, text, message] of kinds) {
      test(what, async () => {
        await template('refused', text);
        const one = target({ template: 'refused' });
        expect(await provider().bring(one, signal)).toEqual({
          ...{ health: 'refused', message: expect.stringMatching(message) },
        });
        expect(await namespaceOf(one)).toBeUndefined();
      });
    }

    test('a namespace of somebody else', async () => {
      const one = target();
      await api.create({ ...namespaceRef(nameOf(one)), metadata: { name: nameOf(one) } }, signal);
      expect(await provider().bring(one, signal)).toMatchObject({
        ...{ health: 'refused', message: expect.stringContaining("somebody else's") },
      });
      expect(await api.get(orders(one), signal)).toBeUndefined();
      expect(await provider().destroy(one, signal)).toEqual({ outcome: 'gone' });
      expect((await namespaceOf(one))?.metadata).not.toHaveProperty('deletionTimestamp');
    });
  });

  test('says which object the cluster refused, and applies the rest when it was mended', async () => {
    await template('mended', `${deployment('')}---\n${deployment('\n  replicas: -1')}`);
    const one = target({ template: 'mended' });
    expect(await provider().bring(one, signal)).toMatchObject({
      health: 'degraded',
      message: expect.stringMatching(
        /^mended\.yaml, document 2 \(Deployment "orders"\): .*422.*greater than or equal to 0/,
      ),
      resources: [expect.objectContaining({ kind: 'Namespace' })],
    });
    await template('mended', deployment(''));
    await until(one, 'healthy');
  });

  test('says why pods may not be made', async () => {
    await template('many', deployment('\n  replicas: 3'));
    const many = await until(target({ template: 'many' }), 'degraded', provider({ quota: { pods: '1' } }));
    expect(many).toMatchObject({ message: expect.stringMatching(/"orders" may not make its pods: .*exceeded quota/) });
    await template('privileged', deployment('').replace('containers:', 'hostNetwork: true, containers:'));
    const privileged = await until(target({ template: 'privileged' }), 'degraded');
    expect(privileged).toMatchObject({ message: expect.stringMatching(/may not make its pods: .*PodSecurity/) });
  });

  test('says which Job failed', async () => {
    await template('job', JSON.stringify({ ...job(3), metadata: { name: 'migrate' } }));
    const failed = await until(target({ template: 'job' }), 'degraded');
    expect(failed).toMatchObject({
      message: expect.stringMatching(/^Job "migrate" failed: Job has reached the specified backoff limit/),
    });
  });

  test('K4: what was deleted by hand is told and not made again', async () => {
    await template('ready', deployment(''));
    const one = target({ template: 'ready' });
    const seen = await until(one, 'healthy');
    await api.remove(orders(one), (await api.get(orders(one), signal))?.metadata?.uid ?? '', signal);
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

  test('a cluster that does not answer is a fault', async () => {
    const file = join(templates, 'nobody.kubeconfig');
    await writeFile(
      file,
      'clusters: [{ name: c, cluster: { server: "https://127.0.0.1:1" } }]\nusers: [{ name: u, user: {} }]\ncontexts: [{ name: x, context: { cluster: c, user: u } }]\ncurrent-context: x\n',
    );
    const nobody = new KubernetesApi({ kubeconfig: file });
    for (const how of ['bring', 'observe', 'destroy'] as const)
      await expect(provider({ api: nobody })[how](target(), signal)).rejects.toThrow(/does not answer/);
    nobody.close();
  });

  describeWithHelm('a Helm chart', (helm) => {
    const CHART = 'apiVersion: v2\nname: shop\nversion: 1.0.0\n';
    const chart = async (name: string, manifests: string) => {
      await mkdir(join(templates, name, 'templates'), { recursive: true });
      await writeFile(join(templates, name, 'Chart.yaml'), CHART);
      await writeFile(join(templates, name, 'templates', 'all.yaml'), manifests);
    };
    const templated = deployment('\n  replicas: {{ required "how many?" .Values.replicas }}').replace(
      'orders:${TAG:-latest}',
      '{{ .Values.testmesh.TESTMESH_CONTEXT }}:${NOT_OURS}',
    );

    test('is rendered with the values of the request and applied', async () => {
      await chart('chart', templated);
      const one = target({ template: 'chart', values: { replicas: 2 } });
      await until(one, 'healthy', provider({ helm: helm() }));
      expect(await api.get(orders(one), signal)).toMatchObject({
        spec: { replicas: 2, template: { spec: { containers: [{ image: 'pr:${NOT_OURS}' }] } } },
      });
    });

    test('that is shipped as an example is deployed', async () => {
      const one = target({ template: 'shop-chart', values: { tag: 'pr-123' } });
      await until(one, 'healthy', provider({ templates: EXAMPLES, helm: helm() }));
      expect(await api.get(orders(one), signal)).toMatchObject({
        spec: { template: { spec: { containers: [{ env: [{ value: 'pr' }], image: 'shop/orders:pr-123' }] } } },
      });
    });

    test('that cannot be rendered is refused with the words of Helm, and so is one with hooks', async () => {
      await chart('chart', templated);
      const refused = async (settings: object, by = provider({ helm: helm() })) => {
        const seen = await by.bring(target(settings), signal);
        return seen.health === 'refused' ? seen.message : seen.health;
      };
      expect(await refused({ template: 'chart' })).toMatch(/^Helm could not render the chart: .*how many\?/s);
      expect(await refused({ template: 'chart', variables: { A: 'b' } })).toMatch(/give settings\.values instead$/);
      expect(await refused({ template: 'shop', values: { a: 1 } })).toMatch(/settings\.values is for charts$/);
      expect(await refused({ template: 'chart' }, provider())).toMatch(/no Helm is configured: TESTMESH_HELM/);
      const hook = '{ name: x, annotations: { "helm.sh/hook": pre-install } }';
      await chart('hooked', `apiVersion: v1\nkind: ConfigMap\nmetadata: ${hook}\n`);
      expect(await refused({ template: 'hooked' })).toMatch(/is a Helm hook \(pre-install\).*make it a plain Job$/);
    });
  });
});
