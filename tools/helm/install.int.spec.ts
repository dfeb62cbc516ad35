import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { runTool } from '../infra/processes.ts';
import { describeWith } from '../testing/real.ts';
import { chartFolder, rendered } from './chart.ts';
import { type ChartRepository, serveChart } from './chart-repository.ts';
import { type Ask, clusterApi, validated } from './cluster-api.ts';
import { matrix } from './matrix.ts';
import { describeWithHelm } from './with-helm.ts';

// One release is installed, upgraded, rolled back and uninstalled, in this order: each test goes on where the last one ended.
jest.setTimeout(300_000);

/** As the guide prints it. */
const NAMESPACE = 'testmesh';
const PASSWORD = 'hush-hush';
/** Kinds that other projects bring along: a bare Kubernetes knows none of them. */
const FOREIGN = ['ServiceMonitor', 'ScaledObject', 'TriggerAuthentication'];
const COMPONENTS = ['api', 'env-manager', 'executor-default', 'graph', 'scheduler'];

const printedLine = async (): Promise<string> => {
  const readme = await readFile(path.join(chartFolder, 'README.md'), 'utf8');
  const line = /^helm install (?:.*\\\n)+.*$/m.exec(readme)?.[0] ?? '';
  return line.replace('<secret>', PASSWORD);
};

const until = async (holds: () => Promise<boolean>): Promise<void> => {
  while (!(await holds())) await sleep(200);
};

const tests = (helm: () => string, kubeconfig: string): void => {
  let ask: Ask;
  let folder: string;
  let repository: ChartRepository;
  let env: NodeJS.ProcessEnv;
  const typed = (line: string): Promise<string> => runTool('sh', ['-c', line], { env });
  const core = (kind: string, name: string) => ask('GET', `/api/v1/namespaces/${NAMESPACE}/${kind}/${name}`);
  const deployment = async (name: string) =>
    (await ask('GET', `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/testmesh-${name}`)).body;
  const isAvailable = async (name: string): Promise<boolean> => {
    const { spec, status } = await deployment(name);
    return status?.availableReplicas === spec?.replicas && status?.updatedReplicas === spec?.replicas;
  };
  const keys = async (): Promise<string> =>
    (await core('secrets', 'testmesh-encryption')).body.data?.['encryption-keys'] ?? '';
  const withoutNamespace = async (): Promise<void> => {
    await ask('DELETE', `/api/v1/namespaces/${NAMESPACE}`);
    await until(async () => (await ask('GET', `/api/v1/namespaces/${NAMESPACE}`)).status === 404);
  };

  beforeAll(async () => {
    ask = clusterApi(kubeconfig);
    folder = await mkdtemp(path.join(os.tmpdir(), 'testmesh-helm-'));
    const home = (name: string) => path.join(folder, name);
    env = {
      PATH: `${path.dirname(helm())}${path.delimiter}${process.env['PATH']}`,
      HOME: folder,
      KUBECONFIG: kubeconfig,
      HELM_CACHE_HOME: home('cache'),
      HELM_CONFIG_HOME: home('config'),
      HELM_DATA_HOME: home('data'),
    };
    repository = await serveChart(helm(), folder);
    await withoutNamespace(); // what a run that was killed has left
    await typed(`helm repo add testmesh ${repository.url}`);
  });
  afterAll(async () => {
    await repository[Symbol.asyncDispose]();
    await withoutNamespace();
    await rm(folder, { recursive: true });
  });

  test('the line as printed installs the platform', async () => {
    const words = await typed(await printedLine());
    expect(words).toContain('STATUS: deployed');
    expect(words).toContain('kubectl --namespace testmesh exec deploy/testmesh-api -- node first-key.mjs');
    expect(words).not.toContain(PASSWORD);
    const { body } = await ask('GET', `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`);
    const images = body.items.map((item: { spec: { template: { spec: { containers: { image: string }[] } } } }) =>
      item.spec.template.spec.containers.map(({ image }) => image),
    );
    expect(images).toEqual(COMPONENTS.map(() => ['testmesh/server:0.1.0']));
    for (const name of COMPONENTS) await until(() => isAvailable(name));
    const { volumes } = (await deployment('executor-default')).spec.template.spec;
    expect(volumes).toContainEqual({ name: 'docker', hostPath: { path: '/var/run/docker.sock', type: 'Socket' } });
    const { data } = (await core('secrets', 'testmesh')).body;
    expect(Buffer.from(data['database-password'], 'base64').toString()).toBe(PASSWORD);
    expect(Buffer.from(await keys(), 'base64').toString()).toMatch(/^k1:[0-9a-f]{64}$/);
  });

  test('what only the migration needed is gone when it has ended', async () => {
    expect((await core('secrets', 'testmesh-migrate')).status).toBe(404);
    expect((await ask('GET', `/apis/batch/v1/namespaces/${NAMESPACE}/jobs/testmesh-migrate`)).status).toBe(404);
  });

  test('an upgrade changes what it is told to, and keeps the keys', async () => {
    const before = await keys();
    await typed(
      `helm upgrade testmesh testmesh/testmesh -n ${NAMESPACE} --reuse-values --wait --timeout 2m --set executor.pools.big.slots=16 --set api.replicas=3`,
    );
    expect((await deployment('api')).status.availableReplicas).toBe(3);
    expect((await deployment('executor-big')).status.availableReplicas).toBe(2);
    expect(await keys()).toBe(before);
  });

  test('a database that cannot be brought up to date leaves everything as it is', async () => {
    const before = (await deployment('api')).spec;
    const failing =
      "--set-string 'migrations.podAnnotations.kube-api\\.testmesh\\.dev/exit-code=1' --set migrations.deadlineSeconds=3";
    await expect(
      typed(`helm upgrade testmesh testmesh/testmesh -n ${NAMESPACE} --reuse-values --set image.tag=9.9.9 ${failing}`),
    ).rejects.toThrow('pre-upgrade hooks failed');
    expect((await deployment('api')).spec).toEqual(before);
  });

  test('a rollback brings back what was, but not other keys', async () => {
    const before = await keys();
    await typed(`helm rollback testmesh 1 -n ${NAMESPACE} --wait --timeout 2m`);
    expect((await deployment('api')).spec.replicas).toBe(2);
    expect((await deployment('executor-big')).code).toBe(404);
    expect(await keys()).toBe(before);
  });

  test('what is installed again after it was uninstalled still reads its secrets', async () => {
    const before = await keys();
    await typed(`helm uninstall testmesh -n ${NAMESPACE} --wait --timeout 2m`);
    const { body } = await ask('GET', `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`);
    expect(body.items).toEqual([]);
    expect(await keys()).toBe(before);
    await typed(await printedLine());
    expect(await keys()).toBe(before);
  });

  test.each(Object.entries(matrix))('the server takes every object of %s as it is', async (_, settings) => {
    const foreign = (kind: string) => FOREIGN.includes(kind);
    for (const object of (await rendered(helm(), settings)).filter(({ kind }) => !foreign(kind))) {
      // In a namespace that is there, and where none of these is yet.
      const here = { ...object, metadata: { ...object.metadata, namespace: 'default' } };
      const answer = await validated(ask, object.kind.startsWith('Cluster') ? object : here, 'default');
      const { kind, metadata } = object;
      expect([kind, metadata.name, answer.status < 300, answer.body.message]).toEqual([
        kind,
        metadata.name,
        true,
        undefined,
      ]);
    }
  });
};

describeWithHelm('the chart', (helm) => {
  describeWith('kubernetes', 'in a cluster', (kubeconfig) => tests(helm, kubeconfig));
});
