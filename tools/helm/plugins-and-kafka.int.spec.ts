import { expect, jest, test } from '@jest/globals';
import { kafkaAccess } from '@testmesh/service-kit';
import { type KubeObject, rendered } from './chart.ts';
import { matrix } from './matrix.ts';
import { describeWithHelm } from './with-helm.ts';
import { envOf, type Pod, podsIn } from './workloads.ts';

jest.setTimeout(120_000);

describeWithHelm('the chart', (helm) => {
  const podOf = (objects: readonly KubeObject[], name: string): Pod => {
    const pod = podsIn(objects).find(({ owner }) => owner.metadata.name === name);
    if (pod === undefined) throw new Error(`there is no ${name}`);
    return pod;
  };

  test('plugins are copied from their image before a service starts, and mounted where flows are checked and run', async () => {
    const objects = await rendered(helm(), matrix['brokers that ask who comes, and plugins of an image'] ?? {});
    const having = podsIn(objects).filter(({ spec }) => envOf(spec)['TESTMESH_PLUGINS'] !== undefined);
    expect(having.map(({ owner }) => owner.metadata.name).sort()).toEqual([
      'testmesh-api',
      'testmesh-executor-default',
      'testmesh-scheduler',
    ]);
    for (const { spec } of having) {
      expect(envOf(spec)['TESTMESH_PLUGINS']).toBe('/opt/testmesh/plugins/k8s-job http://plugins.internal:7000');
      expect(spec.initContainers?.map(({ image, command }) => [image, command?.at(-1)])).toEqual([
        ['acme/testmesh-plugins:3', 'cp -R /plugins/. /opt/testmesh/plugins/'],
      ]);
      const mount = { name: 'plugins', mountPath: '/opt/testmesh/plugins' };
      expect(spec.initContainers?.[0]?.volumeMounts).toEqual([mount]);
      expect(spec.containers[0]?.volumeMounts).toContainEqual({ ...mount, readOnly: true });
    }
  });

  test('a volume may hold plugins in place of an image, for a site agent as well', async () => {
    const objects = await rendered(helm(), matrix['a password for brokers, and plugins of a volume'] ?? {});
    for (const name of ['api', 'scheduler', 'executor-default', 'site-agent']) {
      const { spec } = podOf(objects, `testmesh-${name}`);
      expect(spec.initContainers).toBeUndefined();
      expect(spec.volumes).toContainEqual({ name: 'plugins', persistentVolumeClaim: { claimName: 'plugins' } });
      expect(envOf(spec)['TESTMESH_PLUGINS']).toBe('/opt/testmesh/plugins/k8s-job');
    }
  });

  test('the relay is told what brokers ask for, in words that it understands', async () => {
    const schedulerOf = async (name: string) => {
      const { spec } = podOf(await rendered(helm(), matrix[name] ?? {}), 'testmesh-scheduler');
      return { spec, access: await kafkaAccess(envOf(spec), async (path) => `of ${path}`) };
    };
    const { spec, access } = await schedulerOf('brokers that ask who comes, and plugins of an image');
    expect(access).toEqual({
      brokers: ['b-1.example.com:9096'],
      ssl: {
        ca: 'of /etc/testmesh/kafka-ca/ca.crt',
        cert: 'of /etc/testmesh/kafka-client/tls.crt',
        key: 'of /etc/testmesh/kafka-client/tls.key',
      },
      sasl: { mechanism: 'scram-sha-512', username: 'testmesh', password: 'secret my-broker/password' },
    });
    expect(spec.volumes).toContainEqual({ name: 'kafka-ca', secret: { secretName: 'my-authority' } });
    expect((await schedulerOf('a password for brokers, and plugins of a volume')).access).toMatchObject({
      ssl: {},
      sasl: { mechanism: 'plain', password: 'secret testmesh/kafka-password' },
    });
    expect((await schedulerOf('brokers, an archive, an ingress, metrics')).access).toEqual({
      brokers: ['b-1.example.com:9092', 'b-2.example.com:9092'],
    });
  });
});
