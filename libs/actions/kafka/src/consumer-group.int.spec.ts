import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { ActionOutcome, Expectations } from '@testmesh/action-kit';
import type { Value, ValueMap } from '@testmesh/domain';
import { actionContext, type TestActionContext } from '@testmesh/testing';
import { Kafka, logLevel } from 'kafkajs';
import { describeWith } from '../../../../tools/testing/real.ts';
import { kafkaConsumer } from './consumer.ts';
import { kafkaProducer } from './producer.ts';

const completed = (outcome: ActionOutcome) => {
  if (outcome.kind !== 'completed') throw new Error(`${outcome.code}: ${outcome.reason}`);
  return outcome;
};

const refusing: Expectations = {
  present: true,
  names: () => false,
  judge: () => ({ holds: false, records: [] }),
  correlations: [],
};

describeWith('kafka', 'kafka_consumer as a real group, with commit', (brokers) => {
  let context: TestActionContext;
  let topic: string;
  beforeEach(() => {
    context = actionContext();
    topic = `t.${randomUUID().slice(0, 8)}`;
  });
  afterEach(() => context.close());

  const produce = async (payload: Value, more: ValueMap = {}) =>
    completed(await kafkaProducer.perform({ brokers, topic, payload, ...more }, context)).output;
  const prepare = () => kafkaConsumer.prepare?.({ brokers, topic }, context);
  const perform = (config: ValueMap, expectations = context.expectations) =>
    kafkaConsumer.perform({ brokers, topic, timeout: '10s', ...config }, { ...context, expectations });
  const consume = async (config: ValueMap, expectations?: Expectations) =>
    completed(await perform(config, expectations));
  const valuesOf = ({ output }: { output: ValueMap }) =>
    (output['messages'] as unknown as { value: Value }[]).map(({ value }) => value);

  const asGroup = (group: string) => ({ group_id: group, commit: true });

  test('it goes on where the group stands', async () => {
    const group = `g-${topic}`;
    await prepare();
    await produce('a', { partition: 0 });
    await produce('b', { partition: 0 });
    expect(valuesOf(await consume({ ...asGroup(group), count: 1 }))).toEqual(['a']);
    expect(valuesOf(await consume({ ...asGroup(group), count: 1 }))).toEqual(['b']);
    expect((await consume({ ...asGroup(group), timeout: '400ms' })).output['count']).toBe(0);
  });

  test('what the assertions refuse stays uncommitted', async () => {
    const group = `g-${topic}`;
    await prepare();
    await produce('a');
    await consume({ ...asGroup(group), count: 1 }, refusing);
    expect(valuesOf(await consume({ ...asGroup(group), count: 1 }))).toEqual(['a']);
  });

  test('a group with running members is left alone, and told', async () => {
    const groupId = `g-${topic}`;
    await produce('first');
    const member = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING }).consumer({
      groupId,
      maxWaitTimeInMs: 100,
    });
    await member.connect();
    await member.subscribe({ topic });
    const joined = new Promise((resolve) => member.on(member.events.GROUP_JOIN, resolve));
    await member.run({ eachMessage: async () => {} });
    await joined;
    try {
      const waiting = perform({ ...asGroup(groupId), count: 1 });
      await sleep(300);
      await produce('second');
      expect(await waiting).toMatchObject({ kind: 'not-carried-out', code: 'TM4205' });
    } finally {
      await member.disconnect();
    }
  }, 20_000);
});
