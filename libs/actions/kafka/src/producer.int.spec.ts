import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { ActionOutcome } from '@testmesh/action-kit';
import type { ValueMap } from '@testmesh/domain';
import { actionContext, type TestActionContext } from '@testmesh/testing';
import { describeWith } from '../../../../tools/testing/real.ts';
import { kafkaAdminCreateTopic, kafkaAdminDeleteTopic, kafkaAdminTopics } from './admin.ts';
import { kafkaConsumer } from './consumer.ts';
import { kafkaProducer } from './producer.ts';

const outputOf = (outcome: ActionOutcome): ValueMap => {
  if (outcome.kind !== 'completed') throw new Error(`${outcome.code}: ${outcome.reason}`);
  const { duration_ms, ...output } = outcome.output;
  expect(duration_ms).toBeGreaterThan(0);
  return output;
};

describeWith('kafka', 'kafka_producer and kafka.admin', (brokers) => {
  let context: TestActionContext;
  let topic: string;
  beforeEach(() => {
    context = actionContext();
    topic = `t.${randomUUID().slice(0, 8)}`;
  });
  afterEach(() => context.close());

  const create = async (more: ValueMap = {}) =>
    outputOf(await kafkaAdminCreateTopic.perform({ brokers, topic, ...more }, context));
  const produce = (config: ValueMap) => kafkaProducer.perform({ brokers, topic, ...config }, context);
  const consumed = async (count: number) => {
    const outcome = await kafkaConsumer.perform(
      { brokers, topic, from_beginning: true, allow_old: true, count },
      context,
    );
    return outputOf(outcome)['messages'] as unknown as ValueMap[];
  };

  test('it says where the message went', async () => {
    await create({ partitions: 3 });
    expect(outputOf(await produce({ payload: 'a', partition: 2 }))).toEqual({
      success: true,
      topic,
      partition: 2,
      offset: 0,
      key: null,
      messages_sent: 1,
      partitions: [{ partition: 2, offset: 0 }],
    });
    expect(outputOf(await produce({ payload: 'b', partition: 2 }))).toMatchObject({ partition: 2, offset: 1 });
  });

  test('texts go as they are, everything else as JSON; numbers make keys and headers', async () => {
    await create();
    outputOf(
      await produce({
        messages: [
          { payload: '<order/>', key: 5, headers: { n: 7, via: ['a', 'b'], traceparent: 'my own' } },
          { payload: { a: [1, null] } },
          { payload: true },
        ],
      }),
    );
    const messages = await consumed(3);
    expect(messages.map(({ raw }) => raw)).toEqual(['<order/>', '{"a":[1,null]}', 'true']);
    expect(messages[0]).toMatchObject({ key: '5', headers: { n: '7', via: ['a', 'b'], traceparent: 'my own' } });
  });

  test('P1: many sends at once arrive once each', async () => {
    await create();
    const sends = Array.from({ length: 50 }, (_, n) => produce({ payload: n }));
    for (const outcome of await Promise.all(sends)) outputOf(outcome);
    const values = (await consumed(50)).map(({ value }) => value as number);
    expect([...values].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, n) => n));
  });

  test('a partition that is not there is told, with how many there are', async () => {
    await create({ partitions: 2 });
    expect(await produce({ payload: 'x', partition: 2 })).toMatchObject({
      code: 'TM4207',
      reason: `topic ${topic} has no partition 2: it has 2, numbered from 0`,
    });
  });

  test('a message that is too large is told, and P2: the next one is sent all the same', async () => {
    await create({ config: { 'max.message.bytes': 1000 } });
    expect(await produce({ payload: 'x'.repeat(5000) })).toMatchObject({
      code: 'MESSAGE_TOO_LARGE',
      reason: `the message is larger than topic ${topic} at ${brokers} accepts`,
    });
    expect(outputOf(await produce({ payload: 'small' }))).toMatchObject({ offset: 0 });
  });

  test('topics are listed, made once and removed once', async () => {
    const config = { 'retention.ms': 1000 };
    expect(await create({ partitions: 2, config })).toEqual({
      topic,
      created: true,
      partitions: 2,
      replicationFactor: 1,
    });
    expect(await create()).toEqual({ topic, created: false, partitions: 2, replicationFactor: 1 });
    const listed = outputOf(await kafkaAdminTopics.perform({ brokers }, context));
    expect(listed['topics']).toContainEqual({ name: topic, partitions: 2, replicationFactor: 1 });
    expect(listed['names']).not.toContain('__consumer_offsets');
    const drop = async () => outputOf(await kafkaAdminDeleteTopic.perform({ brokers, topic }, context));
    expect(await drop()).toEqual({ topic, deleted: [topic] });
    expect(await drop()).toEqual({ topic, deleted: [] });
  });

  test('what a broker refuses is told in its words', async () => {
    expect(await kafkaAdminCreateTopic.perform({ brokers, topic, replication_factor: 9 }, context)).toMatchObject({
      code: 'INVALID_REPLICATION_FACTOR',
      reason: expect.stringContaining(`Kafka at ${brokers} refused for topic ${topic}`),
    });
  });

  test('a cancellation is not swallowed', async () => {
    const signal = AbortSignal.abort(new Error('cancelled by Ada'));
    await expect(kafkaProducer.perform({ brokers, topic, payload: 1 }, { ...context, signal })).rejects.toThrow(
      'by Ada',
    );
  });
});
