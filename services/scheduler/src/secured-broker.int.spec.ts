import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { kafkaBus } from '@testmesh/bus-kafka';
import { kafkaAccess } from '@testmesh/service-kit';
import { busMessage } from '@testmesh/testing/contracts';
import { type Infra, startInfra } from '../../../tools/infra/infra.ts';
import { freePort } from '../../../tools/infra/ports.ts';
import { runTool } from '../../../tools/infra/processes.ts';
import { describeWith } from '../../../tools/testing/real.ts';

const PASSWORD = 'hush "hush", hush';

describeWith('kafka', 'a broker that asks who comes, over TLS', () => {
  let folder: string;
  let infra: Infra;
  let brokers: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'testmesh-secured-'));
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'ca.pem')];
    const self = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2', '-nodes'];
    await runTool('openssl', ['req', '-x509', '-newkey', 'rsa:2048', ...self, '-keyout', key, '-out', certificate]);
    await writeFile(
      join(folder, 'keystore.pem'),
      `${await readFile(key, 'utf8')}${await readFile(certificate, 'utf8')}`,
    );
    await writeFile(join(folder, 'password'), `${PASSWORD}\n`);
    brokers = `127.0.0.1:${await freePort()}`;
    const login = 'org.apache.kafka.common.security.plain.PlainLoginModule';
    const quoted = PASSWORD.replaceAll('"', '\\\\"'); // a backslash for Java's properties, and one for JAAS
    infra = await startInfra({
      need: ['kafka'],
      ownOnly: true,
      kafkaProperties: {
        listeners: `SECURED://${brokers}`,
        'advertised.listeners': `SECURED://${brokers}`,
        'listener.security.protocol.map': 'SECURED:SASL_SSL',
        'listener.name.secured.sasl.enabled.mechanisms': 'PLAIN',
        'listener.name.secured.plain.sasl.jaas.config': `${login} required user_testmesh="${quoted}";`,
        'listener.name.secured.ssl.keystore.type': 'PEM',
        'listener.name.secured.ssl.keystore.location': join(folder, 'keystore.pem'),
      },
    });
  }, 120_000);
  afterAll(async () => {
    await infra.stop();
    await rm(folder, { recursive: true });
  }, 60_000);

  const settingsOf = async (more: Readonly<Record<string, string>>) => {
    const access = await kafkaAccess({
      KAFKA_BROKERS: brokers,
      KAFKA_SSL_CA_FILE: join(folder, 'ca.pem'),
      KAFKA_SASL_MECHANISM: 'PLAIN',
      KAFKA_SASL_USERNAME: 'testmesh',
      ...more,
    });
    if (access === undefined) throw new Error('there are brokers');
    return { ...access, topic: 'testmesh.journal.secured', partitions: 1, replicas: 1 };
  };

  test('takes events from who has the authority’s certificate and the password', async () => {
    const bus = await kafkaBus(await settingsOf({ KAFKA_SASL_PASSWORD_FILE: join(folder, 'password') }));
    try {
      await bus.publish([busMessage('run-1', 1)]);
      const { promise, resolve } = Promise.withResolvers<readonly string[]>();
      const handle = async (events: readonly { readonly id: string }[]) => resolve(events.map(({ id }) => id));
      const { stop } = await bus.subscribe({ name: 'secured', handle });
      expect(await promise).toEqual(['run-1-1']);
      await stop();
    } finally {
      await bus.close();
    }
  }, 60_000);

  test('refuses another password, and who may be without it is told and goes on', async () => {
    const told: string[] = [];
    const settings = await settingsOf({ KAFKA_SASL_PASSWORD: 'guessed' });
    await expect(kafkaBus(settings)).rejects.toThrow(/authentication failed/i);
    const bus = await kafkaBus({ ...settings, mayBeDown: true, warn: (text) => told.push(text) });
    await bus.close();
    expect(told.join()).toMatch(/Kafka cannot be reached.*authentication failed/i);
    expect(told.join()).not.toContain('guessed');
  }, 60_000);

  test('is not believed without its authority', async () => {
    const settings = await settingsOf({ KAFKA_SSL: 'true', KAFKA_SSL_CA_FILE: '', KAFKA_SASL_PASSWORD: PASSWORD });
    await expect(kafkaBus(settings)).rejects.toThrow(/self-signed certificate/);
  }, 60_000);
});
