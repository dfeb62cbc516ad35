import { describe, expect, test } from '@jest/globals';
import kafkajs, { type Kafka } from 'kafkajs';
import { createTopics } from './kafka.ts';

const notHosted = () =>
  new kafkajs.KafkaJSProtocolError({
    name: 'KafkaJSProtocolError',
    message: 'This server does not host this topic-partition',
    type: 'UNKNOWN_TOPIC_OR_PARTITION',
    code: 3,
    retriable: true,
  } as never);

/** A broker that hears of a new topic late: each call takes the next of its answers, an error or the leader's number. */
const brokerThat = (...answers: readonly (Error | number)[]) => {
  const calls: string[] = [];
  const left = [...answers];
  const admin = {
    connect: async () => {},
    disconnect: async () => calls.push('disconnect'),
    listTopics: async () => [],
    createTopics: async ({ waitForLeaders }: { waitForLeaders: boolean }) => calls.push(`create ${waitForLeaders}`),
    async fetchTopicMetadata({ topics }: { topics: readonly string[] }) {
      calls.push(`ask for ${topics}`);
      const answer = left.shift() ?? 1;
      if (answer instanceof Error) throw answer;
      return { topics: topics.map((name) => ({ name, partitions: [{ leader: answer }] })) };
    },
  };
  return { calls, kafka: { admin: () => admin } as unknown as Kafka };
};

describe('making topics', () => {
  test('asks a broker again that does not host the new topic yet, and one where nobody leads it yet', async () => {
    const { calls, kafka } = brokerThat(notHosted(), -1, 1);
    await createTopics(kafka, ['order.created']);
    expect(calls).toEqual([
      'create false',
      'ask for order.created',
      'ask for order.created',
      'ask for order.created',
      'disconnect',
    ]);
  });

  test('fails at once for what no patience mends', async () => {
    const { calls, kafka } = brokerThat(new Error('not allowed'));
    await expect(createTopics(kafka, ['order.created'])).rejects.toThrow('not allowed');
    expect(calls).toEqual(['create false', 'ask for order.created', 'disconnect']);
  });
});
