import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { describeWith } from '../testing/real.ts';
import { type KubeObject, rendered, type Settings } from './chart.ts';
import { type Ask, clusterApi, pathOf } from './cluster-api.ts';
import { least } from './matrix.ts';
import { describeWithHelm } from './with-helm.ts';

jest.setTimeout(120_000);

const KINDS = ['ServiceAccount', 'Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding'];

const tests = (helm: () => string, kubeconfig: string): void => {
  let admin: Ask;
  const suffix = randomBytes(4).toString('hex');
  const [home, apps, elsewhere] = [`tm-home-${suffix}`, `tm-apps-${suffix}`, `tm-other-${suffix}`];
  const laidDown: { readonly path: string }[] = [];

  const lay = async (object: KubeObject, namespace: string): Promise<void> => {
    const path = pathOf(object, namespace);
    const answer = await admin(
      'PATCH',
      `${path}?fieldManager=chart-test&force=true`,
      object,
      'application/apply-patch+yaml',
    );
    expect([path, answer.status < 300]).toEqual([path, true]);
    laidDown.push({ path });
  };
  const namespaceOf = (name: string): KubeObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

  /** Asks as the env-manager of a release with these values, and as nobody else. */
  const asEnvManager = async (release: string, settings: Settings): Promise<Ask> => {
    const more = ['--namespace', home];
    const objects = await rendered(helm(), { ...least, fullnameOverride: release, ...settings }, more);
    for (const object of objects.filter(({ kind }) => KINDS.includes(kind))) await lay(object, home);
    const account = `/api/v1/namespaces/${home}/serviceaccounts/${release}-env-manager/token`;
    const { body } = await admin('POST', account, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: {},
    });
    return clusterApi(kubeconfig, body.status.token);
  };
  /** 403 is the only answer of somebody without the right; what is absent answers 404 to others. */
  const may = async (ask: Ask, method: string, path: string): Promise<boolean> => {
    const body = ['GET', 'DELETE'].includes(method) ? undefined : { metadata: { name: 'x' } };
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    return (await ask(method, path, body, type)).status !== 403;
  };
  const judged = async (ask: Ask, asked: readonly (readonly [string, string])[]): Promise<readonly string[]> => {
    const answers = await Promise.all(
      asked.map(async ([method, path]) => ((await may(ask, method, path)) ? [`${method} ${path}`] : [])),
    );
    return answers.flat();
  };

  beforeAll(async () => {
    admin = clusterApi(kubeconfig);
    for (const name of [home, apps, elsewhere]) await lay(namespaceOf(name), '');
  });
  afterAll(async () => {
    for (const { path } of laidDown.toReversed()) await admin('DELETE', path);
  });

  const application = (namespace: string) => `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/applications/x`;
  const harmful = [
    ['GET', `/api/v1/namespaces/${home}/secrets`],
    ['GET', '/api/v1/namespaces/kube-system/secrets/x'],
    ['POST', `/api/v1/namespaces/${home}/pods`],
    ['POST', `/api/v1/namespaces/${elsewhere}/pods/x/exec`],
    ['POST', `/api/v1/namespaces/${home}/serviceaccounts/testmesh/token`],
    ['POST', `/apis/rbac.authorization.k8s.io/v1/namespaces/${home}/rolebindings`],
    ['POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings'],
    ['GET', '/api/v1/nodes'],
    ['DELETE', `/apis/apps/v1/namespaces/${home}/deployments/x`],
  ] as const;

  test('without a word on clusters the env-manager may do nothing', async () => {
    const ask = await asEnvManager(`plain-${suffix}`, {});
    const more = [
      ['GET', '/api/v1/namespaces'],
      ['GET', application(apps)],
      ['DELETE', application(apps)],
      ['DELETE', `/api/v1/namespaces/${elsewhere}-x`],
    ] as const;
    expect(await judged(ask, [...harmful, ...more])).toEqual([]);
  });

  test('with Argo CD it looks after Applications in one namespace, and takes namespaces away', async () => {
    const settings = { 'envManager.argocd.namespace': apps };
    const ask = await asEnvManager(`argo-${suffix}`, settings);
    const allowed = [
      ['GET', application(apps)],
      ['PATCH', application(apps)],
      ['GET', '/api/v1/namespaces'],
      ['GET', `/api/v1/namespaces/${elsewhere}/services`],
      ['DELETE', application(apps)],
      ['DELETE', `/api/v1/namespaces/${elsewhere}-x`],
    ] as const;
    const refused = [
      ...harmful,
      ['GET', `/api/v1/namespaces/${elsewhere}/services/x`],
      ['POST', application(apps).replace(/\/x$/, '')],
      ['GET', application(elsewhere)],
      ['POST', '/api/v1/namespaces'],
    ] as const;
    expect(await judged(ask, [...allowed, ...refused])).toEqual(allowed.map((asked) => asked.join(' ')));
    const making = { ...settings, 'envManager.argocd.create': 'true', 'envManager.templates.configMap': 'templates' };
    const asked = application(apps).replace(/\/x$/, '');
    const maker = await asEnvManager(`argom-${suffix}`, making);
    expect(await judged(maker, [['POST', asked], ...harmful])).toEqual([`POST ${asked}`]);
  });

  test('with plain Kubernetes it lays down what a namespace of tests is made of, and nothing that gives rights', async () => {
    const ask = await asEnvManager(`kube-${suffix}`, {
      'envManager.kubernetes.enabled': 'true',
      'envManager.templates.configMap': 'templates',
    });
    const allowed = [
      ['PATCH', `/apis/apps/v1/namespaces/${elsewhere}/deployments/x`],
      ['GET', `/api/v1/namespaces/${elsewhere}/pods`],
      ['GET', `/api/v1/namespaces/${elsewhere}/events`],
    ] as const;
    expect(await judged(ask, [...allowed, ...harmful])).toEqual(allowed.map((asked) => asked.join(' ')));
  });
};

describeWithHelm('the env-manager of a release', (helm) => {
  describeWith('kubernetes', 'in a cluster', (kubeconfig) => tests(helm, kubeconfig));
});
