import { describe, expect, test } from '@jest/globals';
import { mustEqual } from '@testmesh/action-kit';
import type { RawRecord } from 'kafkajs/src/cluster/index.js';
import { kafkaConsumerConfig } from '../config.ts';
import { Intake } from './intake.ts';
import { exchangeOf, impliedOf, resultOf, type Wait } from './verdict.ts';

const record = (offset: number, value: unknown): RawRecord => ({
  offset: String(offset),
  timestamp: '0',
  key: Buffer.from(`k${offset}`),
  value: Buffer.from(JSON.stringify(value)),
  headers: {},
  isControlRecord: false,
});
const mine = [{ text: 'value.id == "mine"', mismatch: mustEqual(['value', 'id'], 'mine') }];

const waitOf = (
  settings: object,
  values: readonly unknown[],
  more: Partial<Wait> & { runStart?: bigint } = {},
): Wait => {
  const config = kafkaConsumerConfig.parse({ brokers: 'b:9092', topic: 'orders', ...settings });
  const requirements = more.requirements ?? [];
  const intake = new Intake(config, requirements, new Map([[0, more.runStart ?? 0n]]));
  for (const [offset, value] of values.entries()) intake.take(0, record(offset, value));
  return { config, requirements, intake, topicExists: true, durationMs: 10_012, ...more };
};
const said = (wait: Wait) => impliedOf(wait).map(({ passed, message }) => (passed ? 'met' : message));

describe('the expectation every wait has', () => {
  test('is met by a message', () => {
    expect(impliedOf(waitOf({}, [{}]))).toMatchObject([{ expression: 'a message on orders', passed: true, actual: 1 }]);
  });

  test.each<[string, Wait, string]>([
    ['nothing came', waitOf({}, []), 'no message on orders within 10.0 s'],
    ['too few came', waitOf({ count: 3 }, [{}]), 'only 1 message on orders within 10.0 s'],
    [
      'the topic is not there',
      waitOf({}, [], { topicExists: false }),
      'topic orders does not exist at b:9092: nothing was published to it within 10.0 s',
    ],
    [
      'none matched',
      waitOf({}, [{ id: 'a' }, { ID: 'mine' }], { requirements: mine }),
      'no message on orders matched within 10.0 s; 2 messages did not match; the newest: partition 0 offset 1: value.id does not exist; there is ID',
    ],
    [
      'all are old',
      waitOf({ from_beginning: true }, [{}, {}], { runStart: 2n }),
      "2 messages on orders, but none newer than the run's start within 10.0 s (allow_old: true accepts old ones)",
    ],
  ])('%s', (_name, wait, expected) => {
    expect(said(wait)).toEqual([expected]);
  });

  test('nothing is expected where nothing is allowed', () => {
    expect(impliedOf(waitOf({ allow_empty: true }, []))).toEqual([]);
    expect(said(waitOf({ allow_empty: true, count: 2 }, [{}]))).toEqual(['only 1 message on orders within 10.0 s']);
  });
});

test('the result has no value when there is no message, so that it is missing and not null', () => {
  expect(Object.keys(resultOf(waitOf({}, [])))).not.toContain('value');
  expect(resultOf(waitOf({}, [{ id: 1 }]))).toMatchObject({ value: { id: 1 }, key: 'k0', count: 1, skipped: 0 });
});

test('what was seen is listed newest first, trimmed, each with the reason', () => {
  const { seen, summary } = exchangeOf(waitOf({}, [{ id: 'a' }, { id: 'x'.repeat(900) }], { requirements: mine }));
  expect(summary).toBe('orders → 0 messages, 2 skipped in 10012 ms');
  const [first, second] = seen as unknown as { offset: number; value: string; why: string }[];
  expect(first).toMatchObject({ offset: 1, value: expect.stringMatching(/^.{500}… \(\d+ characters\)$/) });
  expect(second).toMatchObject({ offset: 0, key: 'k0', value: '{"id":"a"}', why: 'value.id is "a", not "mine"' });
});
