// An account of a cluster that may do what a test says, and nothing else.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CoreV1Api, KubeConfig, RbacAuthorizationV1Api, type V1PolicyRule } from '@kubernetes/client-node';

interface LimitedAccount extends AsyncDisposable {
  readonly kubeconfig: string;
}

export const limitedAccount = async (admin: string, rules: readonly V1PolicyRule[]): Promise<LimitedAccount> => {
  const config = new KubeConfig();
  config.loadFromFile(admin);
  const [core, rbac] = [config.makeApiClient(CoreV1Api), config.makeApiClient(RbacAuthorizationV1Api)];
  const name = `limited-${randomUUID().slice(0, 8)}`;
  const namespace = 'default';
  const metadata = { name };
  await core.createNamespacedServiceAccount({ namespace, body: { metadata } });
  await rbac.createClusterRole({ body: { metadata, rules: [...rules] } });
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name };
  const subjects = [{ kind: 'ServiceAccount', name, namespace }];
  await rbac.createClusterRoleBinding({ body: { metadata, roleRef, subjects } });
  const body = { spec: { audiences: [], expirationSeconds: 3600 } };
  const { status } = await core.createNamespacedServiceAccountToken({ name, namespace, body });
  const cluster = config.getCurrentCluster();
  const limited = new KubeConfig();
  limited.loadFromOptions({
    clusters: [cluster],
    users: [{ name, token: status?.token }],
    contexts: [{ name, cluster: cluster?.name, user: name }],
    currentContext: name,
  });
  const folder = await mkdtemp(join(tmpdir(), 'limited-account-'));
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, limited.exportConfig(), { mode: 0o600 });
  return {
    kubeconfig,
    [Symbol.asyncDispose]: async () => {
      await rbac.deleteClusterRoleBinding({ name });
      await rbac.deleteClusterRole({ name });
      await core.deleteNamespacedServiceAccount({ name, namespace });
      await rm(folder, { recursive: true });
    },
  };
};
