import { randomBytes } from 'node:crypto';
import { afterEach, expect, test } from '@jest/globals';
import type { RecordedEvent } from '@testmesh/domain';
import type { Bus } from '@testmesh/ports';
import { busContract, busMessage } from '@testmesh/testing/contracts';
import kafkajs from 'kafkajs';
import { describeWith } from '../../../../tools/testing/real.ts';
import { kafkaBus } from './kafka-bus.ts';

describeWith('kafka', 'Kafka', (brokers) => {
  const topic = () => `testmesh.journal.test-${randomBytes(5).toString('hex')}`;
  const settings = () => ({ brokers: brokers.split(','), topic: topic(), partitions: 3, replicas: 1 });
  const kafka = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING });
  const buses: Bus[] = [];
  afterEach(async () => {
    for (const bus of buses.splice(0)) await bus.close();
  });

  busContract('the bus over Kafka', () => kafkaBus(settings()));

  test('outside readers see CloudEvents headers and the journal’s bytes', async () => {
    const given = settings();
    const bus = await kafkaBus(given);
    buses.push(bus);
    await bus.publish([busMessage('run-1', 1)]);
    const consumer = kafka.consumer({ groupId: given.topic });
    await consumer.connect();
    await consumer.subscribe({ topics: [given.topic], fromBeginning: true });
    const message = await new Promise<{ key: string; value: string; headers: Record<string, string> }>((resolve) => {
      void consumer.run({
        eachMessage: async ({ message: { key, value, headers } }) =>
          resolve({
            key: String(key),
            value: String(value),
            headers: Object.fromEntries(Object.entries(headers ?? {}).map(([name, text]) => [name, String(text)])),
          }),
      });
    });
    await consumer.disconnect();
    expect(message.key).toBe('run-1');
    expect(message.headers).toMatchObject({
      ce_specversion: '1.0',
      ce_id: 'run-1-1',
      ce_type: 'testmesh.StepStarted',
      ce_time: '2030-03-17T17:46:40.000Z',
      'content-type': 'application/json',
      'tm-ver': '1',
      'tm-epoch': '1',
    });
    expect(JSON.parse(message.value)).toMatchObject({ id: 'run-1-1', data: { text: 'ä' } });
  }, 60_000);

  test('what somebody else writes to the topic is told and stops nothing', async () => {
    const given = settings();
    const warnings: string[] = [];
    const bus = await kafkaBus({ ...given, warn: (message) => warnings.push(message) });
    buses.push(bus);
    const producer = kafka.producer();
    await producer.connect();
    await producer.send({ topic: given.topic, messages: [{ key: 'run-1', value: 'not ours' }] });
    await producer.disconnect();
    await bus.publish([busMessage('run-1', 1)]);
    const got: RecordedEvent[] = [];
    const { stop } = await bus.subscribe({ name: given.topic, handle: async (events) => void got.push(...events) });
    while (got.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    await stop();
    expect(got.map(({ ver }) => ver)).toEqual([1]);
    expect(warnings.join()).toContain('is no event of ours');
  }, 60_000);
});
