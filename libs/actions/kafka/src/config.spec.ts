import { describe, expect, test } from '@jest/globals';
import { ExactNumber } from '@testmesh/domain';
import type * as z from 'zod';
import { kafkaConsumerConfig, kafkaProducerConfig } from './config.ts';
import { kafkaConsumerSchema } from './schema.ts';

const problems = (schema: z.ZodType, config: unknown): string[] => {
  const parsed = schema.safeParse(config);
  return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
};
const consumer = (more: object) => problems(kafkaConsumerConfig, { brokers: 'b:9092', topic: 't', ...more });
const producer = (more: object) => problems(kafkaProducerConfig, { brokers: 'b:9092', topic: 't', ...more });

describe('brokers', () => {
  test.each([
    ['localhost:9092', ['localhost:9092']],
    [' a:1, b:2 ,', ['a:1', 'b:2']],
    [
      ['a:1', 'b'],
      ['a:1', 'b:9092'],
    ],
  ])('%j', (brokers, expected) => {
    expect(kafkaConsumerConfig.parse({ brokers, topic: 't' }).brokers).toEqual(expected);
  });

  test.each([
    [undefined, /no brokers: give the step/],
    ['', /the list is empty/],
    ['kafka://a:9092', /is not a broker's host:port/],
    ['a:b', /is not a broker's host:port/],
    [9092, /brokers are a text/],
  ])('%j is refused', (brokers, problem) => {
    expect(consumer({ brokers })).toEqual([expect.stringMatching(problem)]);
  });
});

describe('a producer', () => {
  test('needs a payload or messages, and not both', () => {
    expect(producer({})).toEqual(['payload: give either payload or messages']);
    expect(producer({ payload: 1, messages: [{ payload: 1 }] })).toEqual(['payload: give either payload or messages']);
    expect(producer({ payload: null })).toEqual([]);
  });

  test('keeps the digits of what it is given', () => {
    const payload = { amount: new ExactNumber('0.12345678901234567890') };
    expect(kafkaProducerConfig.parse({ brokers: 'b', topic: 't', payload }).payload).toBe(payload);
  });

  test('takes several messages, each with one payload under any of its names', () => {
    const messages = [{ value: 'a' }, { message: { b: 1 }, key: 5 }, { payload: null, partition: 0 }];
    expect(kafkaProducerConfig.parse({ brokers: 'b', topic: 't', messages }).messages).toEqual([
      { payload: 'a' },
      { payload: { b: 1 }, key: 5 },
      { payload: null, partition: 0 },
    ]);
    expect(producer({ messages: [{ key: 'a' }] })).toEqual([expect.stringContaining('exactly one of payload')]);
    expect(producer({ messages: [{ value: 1, payload: 1 }] })).toEqual([expect.stringContaining('exactly one')]);
    expect(producer({ messages: [] })).toEqual([expect.stringContaining('nothing to send')]);
    expect(producer({ messages: [{ value: 1 }], key: 'k' })).toEqual([
      'key: with messages, key belongs to each message',
    ]);
  });

  test('says which compressions there are', () => {
    expect(producer({ payload: 1, compression: 'snappy' })).toEqual([
      'compression: compression "snappy" is not supported: use gzip or none',
    ]);
  });
});

describe('a consumer', () => {
  test.each([
    [{ count: 0 }, /count/],
    [{ timeout: 30 }, /write 30s or 30ms/],
    [{ commit: true }, /commit needs a group_id/],
    [{ allow_old: true }, /allow_old needs from_beginning/],
    [{ match: {} }, /match is empty/],
    [{ match: { json_path: '$.a = 1' } }, /not a condition/],
    [{ match: { json_path: '$..a', json_value: 1 } }, /not a path/],
    [{ match: { json_path: { '$..a': 1 } } }, /not a path/],
    [{ match: { json_path: ['$.a == 1'], json_value: 1 } }, /json_value belongs to one json_path/],
    [{ topic: 'order created' }, /is not a topic's name/],
    [{ tpoic: 't' }, /tpoic/],
  ])('%j is refused', (config, problem) => {
    expect(consumer(config)).toEqual([expect.stringMatching(problem)]);
  });

  test('a condition with a template is judged once it is rendered', () => {
    expect(consumer({ match: { json_path: '$.a == ${id}' } })).toEqual([]);
  });

  test('auto_offset_reset is how others say from_beginning', () => {
    const { normalise } = kafkaConsumerSchema;
    expect(normalise({ topic: 't', auto_offset_reset: 'earliest' })).toEqual({ topic: 't', from_beginning: true });
    expect(normalise({ topic: 't', auto_offset_reset: 'latest' })).toEqual({ topic: 't' });
    expect(normalise({ auto_offset_reset: 'none' })).toEqual({ auto_offset_reset: 'none' });
  });
});
