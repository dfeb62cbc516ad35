import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { busMessage } from '@testmesh/testing/contracts';
import kafkajs, { type Admin } from 'kafkajs';
import { describeWith } from '../../../../tools/testing/real.ts';
import { type KafkaBusSettings, kafkaBus } from './kafka-bus.ts';
import { TopicRefused } from './topic.ts';

const HOUR_MS = 60 * 60 * 1000;

describeWith('kafka', 'the topic on Kafka', (address) => {
  const brokers = address.split(',');
  const kafka = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING });
  let admin: Admin;
  beforeAll(async () => {
    admin = kafka.admin();
    await admin.connect();
  });
  afterAll(() => admin.disconnect());

  const settings = () => ({
    brokers,
    topic: `testmesh.journal.test-${randomBytes(5).toString('hex')}`,
    partitions: 3,
    replicas: 1,
    retentionMs: HOUR_MS,
  });
  const madeWith = async (topic: string, entries: Readonly<Record<string, string>>) => {
    const configEntries = Object.entries(entries).map(([name, value]) => ({ name, value }));
    await admin.createTopics({ waitForLeaders: false, topics: [{ topic, numPartitions: 3, configEntries }] });
  };
  const starting = async (given: KafkaBusSettings) => {
    const bus = await kafkaBus(given);
    await bus.close();
  };

  test('is made with the settings it needs, by whoever comes first', async () => {
    const given = settings();
    await Promise.all([starting(given), starting(given)]);
    const { topics } = await admin.fetchTopicMetadata({ topics: [given.topic] });
    expect(topics[0]?.partitions).toHaveLength(3);
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: given.topic }],
    });
    const found = Object.fromEntries(resources[0]?.configEntries.map((entry) => [entry.configName, entry]) ?? []);
    expect(found['cleanup.policy']?.configValue).toBe('delete');
    expect(found['retention.ms']?.configValue).toBe(String(HOUR_MS));
    expect(found['max.message.bytes']?.configValue).toBe('33554432');
  }, 60_000);

  test.each([
    ['compacts: it would keep one event of each run', { 'cleanup.policy': 'compact' }, 'cleanup.policy=compact'],
    ['compacts too', { 'cleanup.policy': 'compact,delete' }, 'cleanup.policy=compact,delete'],
    [
      'takes no large event',
      { 'max.message.bytes': '1048588' },
      'max.message.bytes=1048588: a large event would hold up',
    ],
    ['forgets too early', { 'retention.ms': '60000' }, 'retention.ms=60000: readers that were away would miss events'],
  ])(
    'is refused where it %s',
    async (_, entries, words) => {
      const given = settings();
      await madeWith(given.topic, entries);
      await expect(starting(given)).rejects.toThrow(words);
      await expect(starting({ ...given, mayBeDown: true })).rejects.toBeInstanceOf(TopicRefused);
    },
    60_000,
  );

  test('is refused with another number of partitions: streams would move', async () => {
    const given = settings();
    await starting(given);
    await expect(starting({ ...given, partitions: 4 })).rejects.toThrow('has 3 partitions where 4 are configured');
  }, 60_000);

  test('is refused with fewer replicas than are configured', async () => {
    const given = settings();
    await starting(given);
    await expect(starting({ ...given, replicas: 3 })).rejects.toThrow('has 1 replicas where 3 are configured');
  }, 60_000);

  test('is never made by sending to it, though brokers may make topics by themselves', async () => {
    const given = settings();
    const bus = await kafkaBus(given);
    await bus.publish([busMessage('run-1', 1)]);
    await admin.deleteTopics({ topics: [given.topic] });
    await expect(bus.publish([busMessage('run-1', 2)])).rejects.toThrow();
    await bus.close();
    expect(await admin.listTopics()).not.toContain(given.topic);
  }, 60_000);
});
