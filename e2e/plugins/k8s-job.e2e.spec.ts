import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  BatchV1Api,
  CoreV1Api,
  KubeConfig,
  PatchStrategy,
  RbacAuthorizationV1Api,
  setHeaderOptions,
} from '@kubernetes/client-node';
import { parseDocument } from 'yaml';
import { describeWith } from '../../tools/testing/real.ts';
import { projectFolder, root, testmesh } from '../support/cli.ts';

// The example plugin against a real Kubernetes API. Pods are pretended: what their containers would do is said by
// annotations, or by a test that writes a pod's status as a kubelet would.

const plugin = join(root, 'examples/plugins/k8s-job');
/** Several runs of the command line each, on whatever machine. */
const PATIENCE_MS = 240_000;
const LIVING = 'kube-api.testmesh.dev/ends-after';

const flowOf = (config: string, more = ''): string => `flow:
  name: job
  setup:
    - id: db
      action: k8s_job
      config:
        image: postgres:17
${config.replace(/^/gm, '        ')}
      output: { found: $.address }
  steps:
    - id: seen
      action: log
      config: { message: "\${db.job}" }
      assert: [message != ""]
${more}`;

describeWith('kubernetes', 'k8s_job', (kubeconfig) => {
  const namespace = `plugin-${randomUUID().slice(0, 8)}`;
  let batch: BatchV1Api;
  let core: CoreV1Api;
  beforeAll(async () => {
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    batch = config.makeApiClient(BatchV1Api);
    core = config.makeApiClient(CoreV1Api);
    await core.createNamespace({ body: { metadata: { name: namespace } } });
  });
  afterAll(() => core?.deleteNamespace({ name: namespace }));

  const environment = (annotations: Readonly<Record<string, string>>, access = kubeconfig): string =>
    `routing:\n  overrides:\n    k8s_job: ${JSON.stringify({ namespace, kubeconfig: access, annotations })}\n    k8s_job_delete: ${JSON.stringify({ namespace, kubeconfig: access })}\n`;

  const projectWith = (flow: string, annotations: Readonly<Record<string, string>> = {}) =>
    projectFolder({
      'testmesh.yaml': `plugins:\n  - ${plugin}\n`,
      'flow.yaml': flow,
      'environments/cluster.yaml': environment(annotations),
    });

  /** A kubeconfig of an account that may do what the tutorial's role says. */
  const limitedAccess = async (): Promise<string> => {
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    const name = 'executor';
    const role = parseDocument(await readFile(join(plugin, 'role.yaml'), 'utf8')).toJS();
    const rbac = config.makeApiClient(RbacAuthorizationV1Api);
    await core.createNamespacedServiceAccount({ namespace, body: { metadata: { name } } });
    await rbac.createNamespacedRole({ namespace, body: role });
    await rbac.createNamespacedRoleBinding({
      namespace,
      body: {
        metadata: { name },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: role.metadata.name },
        subjects: [{ kind: 'ServiceAccount', name, namespace }],
      },
    });
    const body = { spec: { audiences: [], expirationSeconds: 3600 } };
    const { status } = await core.createNamespacedServiceAccountToken({ name, namespace, body });
    const limited = new KubeConfig();
    const cluster = config.getCurrentCluster();
    if (cluster === null) throw new Error(`${kubeconfig} names no cluster`);
    limited.loadFromClusterAndUser(cluster, { name, token: status?.token ?? '' });
    return limited.exportConfig();
  };

  const run = (cwd: string, ...more: string[]) =>
    testmesh(['run', 'flow.yaml', '--env', 'cluster', ...more], { cwd, timeoutMs: PATIENCE_MS });

  const jobs = async (): Promise<readonly string[]> => {
    const { items } = await batch.listNamespacedJob({ namespace });
    return items
      .filter(({ metadata }) => metadata?.deletionTimestamp === undefined)
      .map(({ metadata }) => metadata?.name ?? '');
  };

  const eventually = async <T>(look: () => Promise<T | undefined>): Promise<T> => {
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };

  const noJobLeft = () => eventually(async () => ((await jobs()).length === 0 ? true : undefined));

  test(
    'the flow of the tutorial runs as printed, and leaves no Job and no Service behind',
    async () => {
      const flow = await readFile(join(plugin, 'flows/database-without-docker.yaml'), 'utf8');
      await using project = await projectWith(flow, { [LIVING]: '5m' });
      const ran = await run(project.path, '--reporter', 'json');
      expect({ code: ran.code, stderr: ran.stderr }).toEqual({ code: 0, stderr: '' });
      const [db] = JSON.parse(ran.stdout).flows[0].steps;
      expect(db).toMatchObject({ plugin: '@testmesh-examples/k8s-job@1.0.0', status: 'passed' });
      expect(db.outputs.db_host).toMatch(new RegExp(`^testmesh-db-[0-9a-f]{10}\\.${namespace}\\.svc$`));
      await noJobLeft();
      await eventually(async () => {
        const { items } = await core.listNamespacedService({ namespace });
        return items.length === 0 ? true : undefined;
      });
    },
    PATIENCE_MS,
  );

  test(
    'an account with the role of the tutorial is enough',
    async () => {
      await using project = await projectWith(
        await readFile(join(plugin, 'flows/database-without-docker.yaml'), 'utf8'),
      );
      const access = join(project.path, 'access.json');
      await writeFile(access, await limitedAccess());
      await writeFile(join(project.path, 'environments/cluster.yaml'), environment({ [LIVING]: '5m' }, access));
      const ran = await run(project.path);
      expect({ code: ran.code, said: ran.stdout + ran.stderr }).toMatchObject({ code: 0 });
      await noJobLeft();
    },
    PATIENCE_MS,
  );

  test(
    'while the run lasts, the Job carries its id and a time after which the cluster ends it by itself',
    async () => {
      const teardown = '  teardown:\n    - { id: linger, action: delay, config: { duration: 2s } }\n';
      await using project = await projectWith(flowOf('port: 5432\nlifetime: 10m', teardown), { [LIVING]: '5m' });
      const running = run(project.path, '--reporter', 'json');
      const job = await eventually(async () => (await batch.listNamespacedJob({ namespace })).items[0]);
      const { flows } = JSON.parse((await running).stdout);
      expect(job.metadata?.labels).toMatchObject({ 'testmesh.io/run': flows[0].runId });
      expect(job.spec).toMatchObject({ activeDeadlineSeconds: 600, backoffLimit: 0 });
      await noJobLeft();
    },
    PATIENCE_MS,
  );

  test(
    'a cancelled run deletes its Job',
    async () => {
      const waiting = '    - { id: long, action: delay, config: { duration: 10m } }\n';
      await using project = await projectWith(flowOf('port: 5432', waiting), { [LIVING]: '5m' });
      const ran = await testmesh(
        ['run', 'flow.yaml', '--env', 'cluster', '--reporter', 'lines', '--progress', 'lines'],
        {
          cwd: project.path,
          timeoutMs: PATIENCE_MS,
          signalAt: { text: 'testmesh-db-', signal: 'SIGINT' },
        },
      );
      expect(ran.code).toBe(130);
      await noJobLeft();
    },
    PATIENCE_MS,
  );

  test(
    'what a completed Job wrote is its result, and its address',
    async () => {
      await using project = await projectWith(flowOf('wait: complete'), { 'kube-api.testmesh.dev/stays': 'Pending' });
      const running = run(project.path, '--reporter', 'json');
      const pod = await eventually(async () => {
        const { items } = await core.listNamespacedPod({
          namespace,
          labelSelector: 'app.kubernetes.io/managed-by=testmesh',
        });
        return items.find(
          ({ status, metadata }) => status?.phase === 'Pending' && metadata?.deletionTimestamp === undefined,
        );
      });
      const message = '{"address": "10.1.2.3:5432", "user": "app"}';
      const terminated = { exitCode: 0, message, reason: 'Completed' };
      const container = {
        name: 'job',
        image: 'postgres:17',
        imageID: '',
        ready: false,
        restartCount: 0,
        state: { terminated },
      };
      await core.patchNamespacedPodStatus(
        {
          name: pod.metadata?.name ?? '',
          namespace,
          body: { status: { phase: 'Succeeded', containerStatuses: [container] } },
        },
        setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
      );
      const ran = await running;
      expect(ran.code).toBe(0);
      expect(JSON.parse(ran.stdout).flows[0].steps[0].outputs).toEqual({ found: '10.1.2.3:5432' });
      await noJobLeft();
    },
    PATIENCE_MS,
  );

  test(
    'a Job that fails, one that never gets ready and a namespace that is not there are each told',
    async () => {
      await using failing = await projectWith(flowOf('wait: complete'), { 'kube-api.testmesh.dev/exit-code': '7' });
      const failed = await run(failing.path);
      expect(failed).toMatchObject({
        code: 1,
        stdout: expect.stringMatching(/the Job testmesh-db-\w+ in .* failed: BackoffLimitExceeded/),
      });
      await using stuck = await projectWith(flowOf('port: 5432\ntimeout: 1s'), {
        'kube-api.testmesh.dev/stays': 'Pending',
      });
      expect((await run(stuck.path)).stdout).toMatch(/1s are over; its pod testmesh-db-\S+ is Pending/);
      await using nowhere = await projectWith(flowOf('port: 5432\nnamespace: not-there'));
      expect((await run(nowhere.path)).stdout).toMatch(
        /the Job cannot be started in not-there: .*"not-there" not found/,
      );
      await noJobLeft();
    },
    PATIENCE_MS,
  );
});
