import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import { KubernetesApi, namespaceRef } from '@testmesh/kubernetes';
import { describeWithHelm } from '../../../../tools/helm/with-helm.ts';
import { describeWith } from '../../../../tools/testing/real.ts';
import { deployment, EXAMPLES, job, kubernetesWorld, nameOf, orders, signal } from './kubernetes-world.fixture.ts';

// Namespaces come and go here, on busy machines too.
jest.setTimeout(180_000);

describeWith('kubernetes', 'what a template may hold, and what goes wrong with it', (kubeconfig) => {
  const { api, folder, template, provider, target, namespaceOf, until } = kubernetesWorld(kubeconfig);

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
      await api().create({ ...namespaceRef(nameOf(one)), metadata: { name: nameOf(one) } }, signal);
      expect(await provider().bring(one, signal)).toMatchObject({
        ...{ health: 'refused', message: expect.stringContaining("somebody else's") },
      });
      expect(await api().get(orders(one), signal)).toBeUndefined();
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

  test('is reached at the Services of its template', async () => {
    const service = 'apiVersion: v1\nkind: Service\nmetadata: { name: orders }\nspec: { ports: [{ port: 8080 }] }\n';
    await template('service', `${deployment('')}---\n${service}`);
    const one = target({ template: 'service' });
    const url = `http://orders.${nameOf(one)}.svc.cluster.local:8080`;
    expect(await until(one, 'healthy')).toMatchObject({
      resources: [{ kind: 'Namespace' }, { kind: 'Service', name: 'orders', url }],
    });
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

  test('a cluster that does not answer is a fault', async () => {
    const file = join(folder(), 'nobody.kubeconfig');
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
      await mkdir(join(folder(), name, 'templates'), { recursive: true });
      await writeFile(join(folder(), name, 'Chart.yaml'), CHART);
      await writeFile(join(folder(), name, 'templates', 'all.yaml'), manifests);
    };
    const templated = deployment('\n  replicas: {{ required "how many?" .Values.replicas }}').replace(
      'orders:${TAG:-latest}',
      '{{ .Values.testmesh.TESTMESH_CONTEXT }}:${NOT_OURS}',
    );

    test('is rendered with the values of the request and applied', async () => {
      await chart('chart', templated);
      const one = target({ template: 'chart', values: { replicas: 2 } });
      await until(one, 'healthy', provider({ helm: helm() }));
      expect(await api().get(orders(one), signal)).toMatchObject({
        spec: { replicas: 2, template: { spec: { containers: [{ image: 'pr:${NOT_OURS}' }] } } },
      });
    });

    test('that is shipped as an example is deployed', async () => {
      const one = target({ template: 'shop-chart', values: { tag: 'pr-123' } });
      await until(one, 'healthy', provider({ templates: EXAMPLES, helm: helm() }));
      expect(await api().get(orders(one), signal)).toMatchObject({
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
