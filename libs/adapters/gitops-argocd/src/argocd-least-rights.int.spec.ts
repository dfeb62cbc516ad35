import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { ARGOCD_HEALTHY } from '@testmesh/testing';
import { describeWith } from '../../../../tools/testing/real.ts';
import { kubernetesWorld, nameOf, signal, until } from './kubernetes-world.fixture.ts';

jest.setTimeout(120_000);

// The rights that docs/test-environments-providers.md lists, and no other.
const applications = {
  apiGroups: ['argoproj.io'],
  resources: ['applications'],
  verbs: ['get', 'list', 'watch', 'patch', 'delete'],
};
const services = { apiGroups: [''], resources: ['services'], verbs: ['list'] };
const namespaces = { apiGroups: [''], resources: ['namespaces'], verbs: ['get', 'list', 'watch', 'delete'] };

describeWith('kubernetes', 'an env-manager that may do what is documented and nothing else', (kubeconfig) => {
  const { argo, provider, target, namespace, faults } = kubernetesWorld(kubeconfig);
  let folder: string;
  let restricted: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'testmesh-rights-'));
    restricted = join(folder, 'kubeconfig');
    const own = argo().namespace;
    const account = `system:serviceaccount:${own}:env-manager`;
    const text = await readFile(kubeconfig, 'utf8');
    await writeFile(restricted, text.replace(/^(\s+)(token: .*)$/m, `$1$2\n$1as: ${account}`));
    const group = 'rbac.authorization.k8s.io';
    const subjects = [{ kind: 'ServiceAccount', name: 'env-manager', namespace: own }];
    const give = async (scope: '' | 'Cluster', ...rules: readonly object[]) => {
      const metadata = { name: own, ...(scope === '' && { namespace: own }) };
      const apiVersion = `${group}/v1`;
      const roleRef = { apiGroup: group, kind: `${scope}Role`, name: own };
      await argo().api.apply({ apiVersion, kind: `${scope}Role`, metadata, rules }, 'tests', signal);
      await argo().api.apply({ apiVersion, kind: `${scope}RoleBinding`, metadata, roleRef, subjects }, 'tests', signal);
    };
    await give('', applications);
    await give('Cluster', namespaces, services);
  });
  afterAll(async () => {
    for (const kind of ['ClusterRole', 'ClusterRoleBinding']) {
      const ref = { apiVersion: 'rbac.authorization.k8s.io/v1', kind, name: argo().namespace };
      const left = await argo().api.get(ref, signal);
      await argo().api.remove(ref, left?.metadata?.uid ?? '', signal);
    }
    await rm(folder, { recursive: true });
  });

  test('brings, watches and takes away what somebody else made', async () => {
    const [manager, of] = [provider({ cluster: { kubeconfig: restricted } }), target()];
    await argo().make(nameOf(of), of.spec.namespace, ARGOCD_HEALTHY);
    const seen = await until(
      () => manager.bring(of, signal),
      ({ health }) => health === 'healthy',
    );
    const bound = { ...of, resources: 'resources' in seen ? seen.resources : [] };
    expect(bound.resources).toHaveLength(2);
    await until(
      () => manager.destroy(bound, signal),
      ({ outcome }) => outcome === 'gone',
    );
    expect(await namespace(of)).toBeUndefined();
    expect(faults).toEqual([]);
  });

  test('is told by Kubernetes what it may not', async () => {
    await writeFile(
      join(folder, 'shop.yaml'),
      'apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec: { project: default, destination: {} }\n',
    );
    const manager = provider({ cluster: { kubeconfig: restricted }, templates: folder });
    await expect(manager.bring(target({ create: true, template: 'shop' }), signal)).rejects.toThrow(
      /^Kubernetes refused to make Application ".*" \(403\): applications\.argoproj\.io is forbidden: User "system:serviceaccount:/,
    );
  });
});
