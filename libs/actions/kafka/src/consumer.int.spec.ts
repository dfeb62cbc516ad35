import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ActionOutcome, Expectations } from '@testmesh/action-kit';
import { ExactNumber, type Value, type ValueMap } from '@testmesh/domain';
import { actionContext, type TestActionContext } from '@testmesh/testing';
import { Kafka, logLevel } from 'kafkajs';
import { describeWith } from '../../../../tools/testing/real.ts';
import { kafkaAdminTopics } from './admin.ts';
import { kafkaConsumer } from './consumer.ts';
import { kafkaProducer } from './producer.ts';

const completed = (outcome: ActionOutcome) => {
  if (outcome.kind !== 'completed') throw new Error(`${outcome.code}: ${outcome.reason}`);
  return outcome;
};

const expecting = (holds: (result: ValueMap) => boolean, more: Partial<Expectations> = {}): Expectations => ({
  present: true,
  names: () => false,
  judge: (result) => ({ holds: holds(result), records: [] }),
  correlations: [],
  ...more,
});
const correlating = (path: (string | number)[], value: Value) =>
  expecting(({ count }) => Number(count) > 0, { correlations: [{ path, value, expression: 'as written' }] });

const timed = async <T>(work: () => Promise<T>) => {
  const startedAt = performance.now();
  return { result: await work(), ms: performance.now() - startedAt };
};

describeWith('kafka', 'kafka_consumer', (brokers) => {
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
  const perform = (config: ValueMap = {}, expectations?: Expectations) =>
    kafkaConsumer.perform(
      { brokers, topic, timeout: '10s', ...config },
      expectations ? { ...context, expectations } : context,
    );
  const consume = async (config?: ValueMap, expectations?: Expectations) =>
    completed(await perform(config, expectations));
  const valuesOf = ({ output }: { output: ValueMap }) =>
    (output['messages'] as unknown as { value: Value }[]).map(({ value }) => value);

  describe('what it sees', () => {
    test('a message published since the run began, parsed, with its digits, headers and trace', async () => {
      await prepare();
      const amount = new ExactNumber('12345678901234567.89');
      await produce({ order_id: 'o-1', amount }, { key: 'o-1', headers: { kind: 'order' } });
      const { output, implied } = await consume();
      expect(output).toMatchObject({ count: 1, skipped: 0, topic, key: 'o-1', value: { order_id: 'o-1', amount } });
      const [message] = output['messages'] as unknown as ValueMap[];
      expect(message).toMatchObject({
        offset: 0,
        order_id: 'o-1',
        raw: '{"order_id":"o-1","amount":12345678901234567.89}',
        headers: { kind: 'order', traceparent: context.traceparent },
      });
      expect(Date.parse(message?.['timestamp'] as string)).toBeGreaterThan(context.runStartedAt - 60_000);
      expect(implied).toMatchObject([{ passed: true }]);
    });

    test('nothing from before the run, and the failure says so', async () => {
      await produce({ order_id: 'old' });
      await prepare();
      const { output, implied } = await consume({ timeout: '400ms' });
      expect(output).toMatchObject({ messages: [], count: 0 });
      expect(implied).toMatchObject([{ passed: false, message: `no message on ${topic} within 0.4 s` }]);
    });

    test('S1: all of a topic that did not exist when the run began', async () => {
      await prepare();
      await produce(1);
      await produce(2);
      expect(valuesOf(await consume({ count: 2 })).sort()).toEqual([1, 2]);
    });

    test('what stood on the topic when a step without preparation began is old', async () => {
      await produce('old');
      const waiting = consume();
      await sleep(300);
      await produce('new');
      expect(valuesOf(await waiting)).toEqual(['new']);
    });

    test('several steps see the same messages: nothing is consumed', async () => {
      await prepare();
      await produce('once');
      expect(valuesOf(await consume())).toEqual(['once']);
      expect(valuesOf(await consume())).toEqual(['once']);
    });

    test('compressed messages, several at once, tombstones and messages of all partitions', async () => {
      await prepare();
      const messages = Array.from({ length: 30 }, (_, n) => ({ key: `k${n}`, payload: { n } }));
      completed(await kafkaProducer.perform({ brokers, topic, messages, compression: 'gzip' }, context));
      completed(await kafkaProducer.perform({ brokers, topic, payload: null, key: 'gone' }, context));
      const { output } = await consume({ count: 31 });
      const seen = output['messages'] as unknown as { partition: number; key: string; value: { n: number } | null }[];
      expect(new Set(seen.map(({ partition }) => partition)).size).toBeGreaterThan(1);
      expect(seen.find(({ key }) => key === 'gone')?.value).toBeNull();
      expect(seen.flatMap(({ value }) => value?.n ?? []).sort((a, b) => a - b)).toEqual(messages.map((_, n) => n));
    });
  });

  describe('from the beginning', () => {
    test('shows older messages too', async () => {
      await produce('old');
      await prepare();
      await produce('new');
      expect(valuesOf(await consume({ from_beginning: true })).sort()).toEqual(['new', 'old']);
    });

    test('fails when none is newer, unless allow_old', async () => {
      await produce('old');
      await prepare();
      const { implied } = await consume({ from_beginning: true, timeout: '500ms' });
      expect(implied).toMatchObject([
        { passed: false, message: expect.stringContaining("none newer than the run's start") },
      ]);
      expect(valuesOf(await consume({ from_beginning: true, allow_old: true }))).toEqual(['old']);
    });
  });

  describe('which messages are meant', () => {
    test('a correlation skips and lists those of other runs', async () => {
      await prepare();
      await produce({ order_id: 'theirs' });
      await produce({ order_id: 'mine', n: 1 });
      const { output, exchange } = await consume({}, correlating(['messages', 0, 'order_id'], 'mine'));
      expect(output).toMatchObject({ count: 1, value: { order_id: 'mine', n: 1 } });
      const seen = exchange?.seen as unknown as { why: string }[];
      expect(seen.map(({ why }) => why)).toEqual(['value.order_id is "theirs", not "mine"'].slice(0, seen.length));
    });

    test('none that correlates is a failure that lists what was there instead', async () => {
      await prepare();
      await produce({ orderId: 'mine' }, { key: 'k' });
      const { implied, exchange } = await consume({ timeout: '500ms' }, correlating(['value', 'order_id'], 'mine'));
      expect(implied).toMatchObject([
        {
          expression: `a message on ${topic} with value.order_id == "mine"`,
          passed: false,
          message: expect.stringMatching(
            /1 message did not match; the newest: partition \d offset 0: value.order_id does not exist; there is orderId$/,
          ),
        },
      ]);
      expect(exchange?.seen).toMatchObject([{ key: 'k', offset: 0, value: '{"orderId":"mine"}' }]);
    });

    test('match does the same explicitly', async () => {
      await prepare();
      await produce({ n: 1 }, { key: 'a-1', headers: { kind: 'x' } });
      await produce({ n: 2 }, { key: 'b-1', headers: { kind: 'y' } });
      expect(valuesOf(await consume({ match: { key: 'b-1' } }))).toEqual([{ n: 2 }]);
      expect(valuesOf(await consume({ match: { key_pattern: '^b-', headers: { kind: 'y' } } }))).toEqual([{ n: 2 }]);
      expect(valuesOf(await consume({ match: { json_path: '$.n < 2' } }))).toEqual([{ n: 1 }]);
    });

    test('a pattern that is none is told', async () => {
      expect(await perform({ match: { key_pattern: '(' } })).toMatchObject({ kind: 'not-carried-out', code: 'TM4206' });
    });
  });

  describe('when it stops', () => {
    test('a message that comes during the wait ends it at once', async () => {
      await prepare();
      await consume({ timeout: '300ms' }); // connections are up
      const waiting = timed(() => consume());
      await sleep(300);
      const publishedAt = performance.now();
      await produce('now');
      await waiting;
      expect(performance.now() - publishedAt).toBeLessThan(5000);
    });

    test('it goes on until the assertions hold on what has arrived', async () => {
      await prepare();
      await produce('first');
      const waiting = timed(() =>
        consume(
          {},
          expecting(({ count }) => count === 2),
        ),
      );
      await sleep(400);
      await produce('second');
      const { result, ms } = await waiting;
      expect(valuesOf(result)).toEqual(['first', 'second']);
      expect(ms).toBeGreaterThan(350);
      expect(ms).toBeLessThan(5000);
    });

    test('assertions that never hold are judged at the timeout on what was seen', async () => {
      await prepare();
      await produce('only');
      const { result, ms } = await timed(() =>
        consume(
          { timeout: '600ms' },
          expecting(() => false),
        ),
      );
      expect(valuesOf(result)).toEqual(['only']);
      expect(result.implied).toMatchObject([{ passed: true }]);
      expect(ms).toBeGreaterThan(590);
    });

    test('with a count it stops there, whatever the assertions say', async () => {
      await prepare();
      await produce('a');
      await produce('b');
      const { result, ms } = await timed(() =>
        consume(
          { count: 1 },
          expecting(() => false),
        ),
      );
      expect(result.output['count']).toBe(1);
      expect(ms).toBeLessThan(5000);
    });

    test('too few for the count is a failure that says how many', async () => {
      await prepare();
      await produce('a');
      const { implied } = await consume({ count: 3, timeout: '500ms' });
      expect(implied).toMatchObject([
        { passed: false, actual: 1, expected: 3, message: expect.stringContaining('only 1') },
      ]);
    });

    test('allow_empty waits the whole time to know that nothing came', async () => {
      await prepare();
      const nothing = expecting(({ count }) => count === 0);
      const { result, ms } = await timed(() => consume({ timeout: '500ms', allow_empty: true }, nothing));
      expect(result).toMatchObject({ output: { count: 0 }, implied: [] });
      expect(ms).toBeGreaterThan(490);
    });
  });

  describe('what it leaves behind', () => {
    test('B1: asking about a topic does not create it', async () => {
      await prepare();
      await consume({ timeout: '300ms' });
      const { output } = completed(await kafkaAdminTopics.perform({ brokers }, context));
      expect(output['names']).not.toContain(topic);
    });

    test('B2: no consumer group, also when a group_id is named', async () => {
      await prepare();
      await produce('x');
      const group = `g-${topic}`;
      await consume({ group_id: group });
      const admin = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING }).admin();
      await admin.connect();
      const { groups } = await admin.listGroups();
      await admin.disconnect();
      expect(groups.map(({ groupId }) => groupId).filter((id) => id === group || id.includes(context.runId))).toEqual(
        [],
      );
    });

    test('nothing stays open', async () => {
      await prepare();
      await produce('x');
      await consume();
      const { ms } = await timed(() => context.close());
      expect(ms).toBeLessThan(5000);
      expect(context.opened()).toEqual([]);
    });
  });

  test('messages that weigh too much together are refused', async () => {
    await prepare();
    await produce('x'.repeat(2000));
    await produce('x'.repeat(2000));
    expect(await perform({ max_bytes: '3KB', count: 5 })).toMatchObject({ kind: 'not-carried-out', code: 'TM4203' });
  });

  test('a message larger than one fetch is read all the same', async () => {
    await prepare();
    const large = randomUUID().repeat(25_000); // 900 kB, not compressible
    await produce(large);
    expect(valuesOf(await consume())).toEqual([large]);
  });

  test('a cancellation ends the wait at once with its reason', async () => {
    await prepare();
    const controller = new AbortController();
    const waiting = kafkaConsumer.perform({ brokers, topic }, { ...context, signal: controller.signal });
    setTimeout(() => controller.abort(new Error('cancelled by Ada')), 200);
    const { ms } = await timed(() => expect(waiting).rejects.toThrow('cancelled by Ada'));
    expect(ms).toBeLessThan(5000);
  });
});
