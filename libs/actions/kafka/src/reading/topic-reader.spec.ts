import { expect, test } from '@jest/globals';
import { actionContext } from '@testmesh/testing';
import kafkajs from 'kafkajs';
import type { BrokerClient } from '../client/broker-client.ts';
import { runStartOffsets } from './topic-reader.ts';

const WHERE = { brokers: ['127.0.0.1:9092'], topic: 'orders' };

const answerOf = (type: string): Error =>
  Object.assign(new kafkajs.KafkaJSProtocolError(new Error(`the broker answers ${type}`)), { type });

/** A client whose brokers give these answers to the question for a topic's ends, the last one for ever. */
const clientThat = (...answers: readonly (() => ReadonlyMap<number, bigint>)[]) => {
  let asked = 0;
  const client = {
    leaders: async () => new Map([[0, 1]]),
    endOffsets: async () => {
      asked += 1;
      return answers[Math.min(asked, answers.length) - 1]?.() ?? new Map();
    },
  } as unknown as BrokerClient;
  return { client, asked: () => asked };
};

const refuse = (error: Error) => (): never => {
  throw error;
};

test.each(['NOT_LEADER_FOR_PARTITION', 'UNKNOWN_TOPIC_OR_PARTITION'])(
  'a topic that was made this moment is asked for again until its leader knows of it: %s',
  async (type) => {
    const unsettled = refuse(answerOf(type));
    const { client, asked } = clientThat(unsettled, unsettled, () => new Map([[0, 7n]]));
    expect(await runStartOffsets(WHERE, client, actionContext())).toEqual(new Map([[0, 7n]]));
    expect(asked()).toBe(3);
  },
);

test('what waiting cannot help is told at once', async () => {
  const { client, asked } = clientThat(refuse(new Error('not authorised')));
  await expect(runStartOffsets(WHERE, client, actionContext())).rejects.toThrow('not authorised');
  expect(asked()).toBe(1);
});
