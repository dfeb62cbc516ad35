import { randomUUID } from 'node:crypto';
import { afterEach, expect, test } from '@jest/globals';
import type { ActionOutcome } from '@testmesh/action-kit';
import { ExactNumber, type Value, type ValueMap } from '@testmesh/domain';
import { actionContext, type TestActionContext } from '@testmesh/testing';
import { describeWith } from '../../../../tools/testing/real.ts';
import { kafkaConsumer } from './consumer.ts';
import { kafkaProducer } from './producer.ts';

const completed = (outcome: ActionOutcome) => {
  if (outcome.kind !== 'completed') throw new Error(`${outcome.code}: ${outcome.reason}`);
  return outcome;
};

describeWith('kafka', 'kafka_producer and kafka_consumer', (brokers) => {
  let context: TestActionContext;
  afterEach(() => context.close());

  const newTopic = () => `t.${randomUUID().slice(0, 8)}`;
  const produce = async (topic: string, payload: Value, more: ValueMap = {}) =>
    completed(await kafkaProducer.perform({ brokers, topic, payload, ...more }, context));

  test('a message published after the run began is found, parsed, with its digits', async () => {
    context = actionContext();
    const topic = newTopic();
    await kafkaConsumer.prepare?.({ brokers, topic }, context);
    const amount = new ExactNumber('12345678901234567.89');
    const { output: sent } = await produce(
      topic,
      { order_id: 'o-1', amount },
      { key: 'o-1', headers: { kind: 'order' } },
    );
    expect(sent).toMatchObject({ success: true, topic, offset: 0, key: 'o-1', messages_sent: 1 });
    const { output, implied } = completed(await kafkaConsumer.perform({ brokers, topic, timeout: '10s' }, context));
    expect(output).toMatchObject({ count: 1, skipped: 0, key: 'o-1', value: { order_id: 'o-1', amount } });
    const [message] = output['messages'] as unknown as ValueMap[];
    expect(message).toMatchObject({
      offset: 0,
      order_id: 'o-1',
      raw: '{"order_id":"o-1","amount":12345678901234567.89}',
    });
    expect(message?.['headers']).toEqual({ kind: 'order', traceparent: context.traceparent });
    expect(implied).toMatchObject([{ passed: true }]);
  });
});
