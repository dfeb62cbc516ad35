import { describe, expect, jest, test } from '@jest/globals';
import { envManagerSettings } from '@testmesh/env-manager';
import { runTool } from '../infra/processes.ts';
import { chartFolder, type KubeObject, rendered as renderedAnew, type Settings, setting } from './chart.ts';
import { least, matrix, printed } from './matrix.ts';
import { describeWithHelm } from './with-helm.ts';
import { envOf, type Pod, podsIn, selects } from './workloads.ts';

jest.setTimeout(120_000);

describeWithHelm('the chart', (helm) => {
  const renderings = new Map<string, Promise<readonly KubeObject[]>>();
  const rendered = (program: string, settings: Settings): Promise<readonly KubeObject[]> => {
    const key = JSON.stringify(settings);
    const known = renderings.get(key) ?? renderedAnew(program, settings);
    renderings.set(key, known);
    return known;
  };
  const one = (objects: readonly KubeObject[], kind: string, name: string): KubeObject => {
    const found = objects.filter((object) => object.kind === kind && object.metadata.name === name);
    expect([kind, name, found.length]).toEqual([kind, name, 1]);
    return found[0] as KubeObject;
  };
  const podOf = (objects: readonly KubeObject[], name: string): Pod => {
    const pod = podsIn(objects).find(({ owner }) => owner.metadata.name === name);
    if (pod === undefined) throw new Error(`there is no ${name}`);
    return pod;
  };

  test.each(Object.entries(matrix))('passes helm lint with %s', async (_, settings) => {
    const words = await runTool(helm(), ['lint', chartFolder, '--strict', ...setting(settings)]);
    expect(words).toContain('0 chart(s) failed');
  });

  describe.each(Object.entries(matrix))('with %s', (_, settings) => {
    test('runs nothing as root, with privileges, or on a root file system of ours that it can write', async () => {
      for (const { owner, spec } of podsIn(await rendered(helm(), settings))) {
        const seen = {
          name: owner.metadata.name,
          ...spec.securityContext,
          seccomp: spec.securityContext.seccompProfile,
        };
        expect(seen).toMatchObject({ runAsNonRoot: true, runAsUser: 1000, seccomp: { type: 'RuntimeDefault' } });
        for (const { image, securityContext, resources } of [...(spec.initContainers ?? []), ...spec.containers]) {
          expect(securityContext).toMatchObject({ allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } });
          if (!image.startsWith('apache/kafka')) expect(securityContext.readOnlyRootFilesystem).toBe(true);
          expect(resources).toMatchObject({
            requests: { cpu: expect.anything() },
            limits: { memory: expect.anything() },
          });
        }
      }
    });

    test('names secrets that it makes or was told of, and shows none', async () => {
      const objects = await rendered(helm(), settings);
      const made = new Map(
        objects.filter(isSecret).map(({ metadata, stringData, data }) => [metadata.name, { ...stringData, ...data }]),
      );
      const told = Object.entries(settings).flatMap(([name, value]) => (/Secret$/.test(name) ? [value] : []));
      for (const { owner, spec } of podsIn(objects)) {
        for (const { name, valueFrom } of spec.containers.flatMap(({ env = [] }) => env)) {
          if (valueFrom?.secretKeyRef === undefined) continue;
          const { name: secret, key } = valueFrom.secretKeyRef;
          const isThere = told.includes(secret) || Object.hasOwn(made.get(secret) ?? {}, key);
          expect([owner.metadata.name, name, secret, key, isThere]).toEqual([
            owner.metadata.name,
            name,
            secret,
            key,
            true,
          ]);
        }
      }
      expect(JSON.stringify(objects.filter((object) => !isSecret(object)))).not.toContain('hush');
    });

    test('knows each pod by its own labels alone', async () => {
      const objects = await rendered(helm(), settings);
      const pods = podsIn(objects).filter(({ owner }) => owner.kind !== 'Job');
      for (const { owner, labels } of pods) expect(selects(owner['spec'].selector, labels)).toBe(true);
      for (const { owner } of pods)
        expect(pods.filter(({ labels }) => selects(owner['spec'].selector, labels))).toHaveLength(1);
      for (const budget of objects.filter(({ kind }) => kind === 'PodDisruptionBudget')) {
        const held = pods.filter(({ labels }) => selects(budget['spec'].selector, labels));
        expect(held.map(({ owner }) => owner.metadata.name)).toEqual([budget.metadata.name]);
      }
    });

    test('asks every service whether it lives and whether it can work, on its health port', async () => {
      const deployments = podsIn(await rendered(helm(), settings)).filter(({ owner }) => owner.kind === 'Deployment');
      // An agent listens to nobody, and is asked by a command.
      const ours = deployments.filter(({ owner }) => !owner.metadata.name.endsWith('site-agent'));
      expect(ours.length).toBeGreaterThanOrEqual(5);
      for (const { spec } of ours) {
        const [container] = spec.containers;
        expect(container?.ports).toContainEqual({ name: 'health', containerPort: 9464 });
        const paths = [container?.startupProbe, container?.livenessProbe, container?.readinessProbe].map(
          (probe) => probe?.httpGet,
        );
        const at = (path: string) => ({ path, port: 'health' });
        expect(paths).toEqual([at('/health/live'), at('/health/live'), at('/health/ready')]);
      }
    });

    test('gives a token for the cluster to the env-manager alone', async () => {
      const objects = await rendered(helm(), settings);
      const withToken = podsIn(objects).filter(({ spec }) => spec.automountServiceAccountToken !== false);
      expect(withToken.map(({ owner }) => owner.metadata.labels?.['app.kubernetes.io/component'])).toEqual([
        'env-manager',
      ]);
      const bound = objects.filter(({ kind }) => kind.endsWith('RoleBinding')).flatMap(({ subjects }) => subjects);
      for (const { name } of bound) expect(name).toBe(withToken[0]?.spec.serviceAccountName);
    });
  });

  test('the printed line leads every service to its servers, and the socket to where runs execute', async () => {
    const objects = await rendered(helm(), printed);
    for (const name of ['api', 'scheduler', 'graph', 'env-manager', 'executor-default']) {
      const { spec } = podOf(objects, `testmesh-${name}`);
      expect(spec.containers[0]?.image).toBe('testmesh/server:0.1.0');
      expect(envOf(spec)).toMatchObject({
        DATABASE_URL: 'postgresql://testmesh@testmesh-db.cluster.example.com:5432/testmesh',
        DATABASE_PASSWORD: 'secret testmesh/database-password',
        REDIS_URL: 'redis://testmesh-cache.abc123.cache.amazonaws.com:6379',
        TESTMESH_ENCRYPTION_KEYS: 'secret testmesh-encryption/encryption-keys',
      });
      const sockets = (spec.volumes ?? []).filter(({ hostPath }) => hostPath !== undefined);
      const wanted =
        name === 'executor-default'
          ? [{ name: 'docker', hostPath: { path: '/var/run/docker.sock', type: 'Socket' } }]
          : [];
      expect(sockets).toEqual(wanted);
    }
    const { spec } = podOf(objects, 'testmesh-executor-default');
    expect(spec.securityContext.supplementalGroups).toEqual([999]);
    // As the guide's flow prints it: no folder and no network of the node but this one, and ports where a pod finds them.
    expect(envOf(spec)).toMatchObject({
      TESTMESH_DOCKER: 'allow',
      TESTMESH_DOCKER_NETWORKS: 'testmesh',
      TESTMESH_DOCKER_ADDRESS: 'status.hostIP',
    });
    expect(envOf(podOf(await rendered(helm(), least), 'testmesh-executor-default').spec)['TESTMESH_DOCKER']).toBe(
      'refuse',
    );
  });

  test('flows may not reach the platform’s own servers, nor the cluster’s', async () => {
    const env = envOf(podOf(await rendered(helm(), printed), 'testmesh-executor-default').spec);
    const denied = env['TESTMESH_OUTBOUND_DENY']?.split(',');
    for (const host of [printed['database.external.host'], printed['redis.external.host'], 'kubernetes.default.svc']) {
      expect(denied).toContain(host);
    }
    const mine = { ...least, 'executor.outbound.denyOwn': 'false', 'executor.outbound.deny': '{10.0.0.0/8}' };
    const open = envOf(podOf(await rendered(helm(), mine), 'testmesh-executor-default').spec);
    expect(open['TESTMESH_OUTBOUND_DENY']).toBe('10.0.0.0/8');
  });

  test('passwords and users survive whatever is in them', async () => {
    const env = async (settings: Settings) =>
      envOf(podOf(await rendered(helm(), { ...least, ...settings }), 'testmesh-api').spec);
    const { DATABASE_URL = '' } = await env({
      'database.external.user': 'a b@c/d:e',
      'database.external.dbname': 'my db',
    });
    const url = new URL(DATABASE_URL);
    expect([url.username, url.pathname].map(decodeURIComponent)).toEqual(['a b@c/d:e', '/my db']);
    expect(url.host).toBe('db.example.com:5432');
  });

  test('a pool scales by what waits and runs in it, and says no number of copies then', async () => {
    const objects = await rendered(helm(), matrix['pools that scale'] ?? {});
    const replicas = (pool: string) => one(objects, 'Deployment', `testmesh-executor-${pool}`)['spec'].replicas;
    expect([replicas('default'), replicas('big'), replicas('still')]).toEqual([undefined, undefined, 3]);
    const hpa = one(objects, 'HorizontalPodAutoscaler', 'testmesh-executor-default')['spec'];
    expect(hpa.scaleTargetRef.name).toBe('testmesh-executor-default');
    expect(hpa.metrics[0].external.metric).toMatchObject({
      name: 'testmesh_queue_runs',
      selector: { matchLabels: { pool: 'default' } },
    });
    const keda = one(objects, 'ScaledObject', 'testmesh-executor-big')['spec'];
    expect([keda.maxReplicaCount, keda.triggers[0].metadata.query]).toEqual([
      40,
      expect.stringContaining("pool = 'big'"),
    ]);
    expect(envOf(podOf(objects, 'testmesh-executor-big').spec)).toMatchObject({
      TESTMESH_SLOTS: '16',
      TESTMESH_POOLS: 'big',
    });
  });

  test('runs that are in hand have their time to end, and a little more', async () => {
    const objects = await rendered(helm(), { ...least, 'executor.drainMs': '90500' });
    const { spec } = podOf(objects, 'testmesh-executor-default');
    expect([spec.terminationGracePeriodSeconds, envOf(spec)['TESTMESH_DRAIN_MS']]).toEqual([101, '90500']);
  });

  test('the database is brought up to date before anything else, by a job with its own copy of the password', async () => {
    const objects = await rendered(helm(), least);
    const hooks = objects.filter(
      ({ metadata }) => metadata.annotations?.['helm.sh/hook'] === 'pre-install,pre-upgrade',
    );
    expect(hooks.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      'Secret testmesh-migrate',
      'Job testmesh-migrate',
    ]);
    const { spec } = podOf(objects, 'testmesh-migrate');
    expect([spec.containers[0]?.args, spec.restartPolicy]).toEqual([['migrate.mjs'], 'Never']);
    expect(envOf(spec)['DATABASE_PASSWORD']).toBe('secret testmesh-migrate/database-password');
    expect(spec.serviceAccountName).toBeUndefined();
  });

  test('only the API may be called, from outside its pods, besides metrics', async () => {
    const objects = await rendered(helm(), {
      ...least,
      'networkPolicy.apiFrom[0].namespaceSelector.matchLabels.team': 'qa',
    });
    const policies = objects.filter(({ kind }) => kind === 'NetworkPolicy');
    const doors = policies.flatMap(({ metadata, spec }) =>
      (spec.ingress ?? []).map((rule: unknown) => [metadata.name, rule]),
    );
    expect(doors).toEqual([
      ['testmesh', { ports: [{ port: 9464, protocol: 'TCP' }] }],
      [
        'testmesh-api',
        { ports: [{ port: 'http', protocol: 'TCP' }], from: [{ namespaceSelector: { matchLabels: { team: 'qa' } } }] },
      ],
    ]);
    expect(one(objects, 'NetworkPolicy', 'testmesh')['spec'].policyTypes).toEqual(['Ingress', 'Egress']);
    expect(JSON.stringify(one(objects, 'NetworkPolicy', 'testmesh-executor')['spec'].egress)).toContain(
      '169.254.0.0/16',
    );
  });

  test('the env-manager is told which providers it has, and in which words', async () => {
    const all = envOf(
      podOf(await rendered(helm(), matrix['an env-manager of every kind'] ?? {}), 'testmesh-env-manager').spec,
    );
    expect(all).toMatchObject({
      TESTMESH_NAMESPACES: 'review-*,qa-*',
      TESTMESH_RESERVED_NAMESPACES: 'testmesh',
      ARGOCD_NAMESPACE: 'argocd',
      FLUX_NAMESPACE: 'flux-system',
      TESTMESH_KUBERNETES_DEPLOY: 'true',
      TESTMESH_KUBERNETES_QUOTA: 'pods=20',
      TESTMESH_KUBERNETES_REACHABLE_FROM: 'testmesh',
      TESTMESH_TEMPLATES: '/etc/testmesh/templates',
    });
    const elsewhere = envOf(
      podOf(await rendered(helm(), matrix['an Argo CD elsewhere'] ?? {}), 'testmesh-env-manager').spec,
    );
    const settings = envManagerSettings({ ...elsewhere });
    expect(settings.argoCd).toMatchObject({ way: 'api', at: { server: 'https://argocd.example.com' } });
    const { argoCd, flux, kubernetes } = envManagerSettings({ ...all, KUBERNETES_SERVICE_HOST: '10.96.0.1' });
    expect([argoCd?.way, flux?.namespace, kubernetes?.quota]).toEqual(['kubernetes', 'flux-system', { pods: '20' }]);
  });

  test('an agent alone has no door, no rights, and no word of a database', async () => {
    const settings = {
      'platform.enabled': 'false',
      'siteAgent.enabled': 'true',
      'siteAgent.server': 'https://testmesh.example.com',
      'siteAgent.tokenSecret': 'my-agent',
      'siteAgent.pools': '{plant-7}',
    };
    const objects = await rendered(helm(), settings);
    expect(objects.map(({ kind }) => kind).sort()).toEqual(['Deployment', 'NetworkPolicy']);
    const { spec } = podOf(objects, 'testmesh-site-agent');
    expect([spec.containers[0]?.image, spec.containers[0]?.ports, spec.automountServiceAccountToken]).toEqual([
      'testmesh/site-agent:0.1.0',
      undefined,
      false,
    ]);
    const env = envOf(spec);
    expect(env).toMatchObject({ TESTMESH_SERVER: 'https://testmesh.example.com', TESTMESH_POOLS: 'plant-7' });
    expect([env['TESTMESH_AGENT_TOKEN_FILE'], env['DATABASE_URL']]).toEqual(['/etc/testmesh/token/token', undefined]);
    expect(one(objects, 'NetworkPolicy', 'testmesh-site-agent')['spec'].ingress).toBeUndefined();
  });

  test('the archive is one folder for API, executors and scheduler', async () => {
    const objects = await rendered(helm(), matrix['brokers, an archive, an ingress, metrics'] ?? {});
    const having = podsIn(objects).filter(({ spec }) =>
      spec.volumes?.some(({ persistentVolumeClaim }) => persistentVolumeClaim !== undefined),
    );
    expect(having.map(({ owner }) => owner.metadata.name).sort()).toEqual([
      'testmesh-api',
      'testmesh-executor-default',
      'testmesh-scheduler',
    ]);
    expect(one(objects, 'PersistentVolumeClaim', 'testmesh-archive')['spec'].accessModes).toEqual(['ReadWriteMany']);
    expect(envOf(podOf(objects, 'testmesh-scheduler').spec)).toMatchObject({
      KAFKA_BROKERS: 'b-1.example.com:9092,b-2.example.com:9092',
      TESTMESH_ARCHIVE: '/var/lib/testmesh/archive',
    });
  });
});

const isSecret = ({ kind }: KubeObject): boolean => kind === 'Secret';
