import { describe, expect, test } from '@jest/globals';
import kafkajs from 'kafkajs';
import { describeFailure, isTransient, kafkaErrorType } from './failure.ts';

const { KafkaJSConnectionError, KafkaJSNonRetriableError, KafkaJSNumberOfRetriesExceeded, KafkaJSProtocolError } =
  kafkajs;

const connection = {
  brokers: ['kafka.staging:9092'],
  sasl: { mechanism: 'plain' as const, username: 'ada', password: 'top-secret' },
  tls: undefined,
};
const told = (error: unknown, topic = 'orders') => describeFailure(error, { connection, topic });
const closed = (broker: string) =>
  Object.assign(new KafkaJSConnectionError('Closed connection', { broker }), { name: 'KafkaJSConnectionClosedError' });
const protocol = (type: string) =>
  new KafkaJSProtocolError(Object.assign(new Error(`broker text for ${type}`), { type, code: 3, retriable: true }));

describe('a failure becomes a sentence with the address and the cause', () => {
  test.each([
    [
      new KafkaJSConnectionError('Connection error: connect ECONNREFUSED', {
        broker: 'kafka.staging:9092',
        code: 'ECONNREFUSED',
      }),
      'ECONNREFUSED',
      'no Kafka broker could be reached at kafka.staging:9092: the connection was refused',
    ],
    [
      new KafkaJSConnectionError('Connection timeout', { broker: 'kafka.staging:9092' }),
      'ETIMEDOUT',
      'no Kafka broker could be reached at kafka.staging:9092: there was no answer in time',
    ],
    [
      new KafkaJSConnectionError('Connection error: connect', { broker: '172.17.0.4:29092', code: 'EHOSTUNREACH' }),
      'EHOSTUNREACH',
      'Kafka at kafka.staging:9092 answered, but names 172.17.0.4:29092 as the address to use, and that cannot be reached: there is no route to the host',
    ],
    [closed('kafka.staging:9092'), 'ECONNRESET', 'Kafka at kafka.staging:9092 closed the connection'],
    [
      new KafkaJSConnectionError('something new', {}),
      'TM4201',
      'no Kafka broker could be reached at kafka.staging:9092: something new',
    ],
    [
      protocol('UNKNOWN_TOPIC_OR_PARTITION'),
      'UNKNOWN_TOPIC_OR_PARTITION',
      'topic orders does not exist at kafka.staging:9092, and the broker does not create it',
    ],
    [
      protocol('MESSAGE_TOO_LARGE'),
      'MESSAGE_TOO_LARGE',
      'the message is larger than topic orders at kafka.staging:9092 accepts',
    ],
    [
      protocol('UNSUPPORTED_SASL_MECHANISM'),
      'UNSUPPORTED_SASL_MECHANISM',
      'Kafka at kafka.staging:9092 does not offer PLAIN',
    ],
    [
      protocol('ILLEGAL_SASL_STATE'),
      'ILLEGAL_SASL_STATE',
      'Kafka at kafka.staging:9092 does not take credentials on this listener',
    ],
    [
      protocol('TOPIC_AUTHORIZATION_FAILED'),
      'TOPIC_AUTHORIZATION_FAILED',
      'Kafka at kafka.staging:9092 does not allow this to user "ada" (PLAIN): broker text for TOPIC_AUTHORIZATION_FAILED',
    ],
    [
      protocol('INVALID_REPLICATION_FACTOR'),
      'INVALID_REPLICATION_FACTOR',
      'Kafka at kafka.staging:9092 refused for topic orders: broker text for INVALID_REPLICATION_FACTOR',
    ],
    [
      Object.assign(new Error('wrong'), { name: 'KafkaJSSASLAuthenticationError' }),
      'SASL_AUTHENTICATION_FAILED',
      'Kafka at kafka.staging:9092 refused the credentials of user "ada" (PLAIN)',
    ],
    [
      Object.assign(new Error('ZSTD compression not implemented'), { name: 'KafkaJSNotImplemented' }),
      'TM4202',
      'topic orders holds messages that cannot be read: ZSTD compression is not supported',
    ],
  ])('%s', (error, code, reason) => {
    const outcome = told(error);
    expect(outcome).toMatchObject({ kind: 'not-carried-out', code, reason });
    expect(JSON.stringify(outcome)).not.toContain('top-secret');
  });
});

test('the cause is found behind what kafkajs wraps around it', () => {
  const cause = protocol('UNKNOWN_TOPIC_OR_PARTITION');
  const inner = Object.assign(new KafkaJSNonRetriableError(cause), { cause });
  const outer = new KafkaJSNumberOfRetriesExceeded(inner, { retryCount: 4, retryTime: 1 });
  expect(kafkaErrorType(outer)).toBe('UNKNOWN_TOPIC_OR_PARTITION');
  expect(told(outer).code).toBe('UNKNOWN_TOPIC_OR_PARTITION');
});

test('waiting may help when the connection was lost or a leader moves, and not otherwise', () => {
  expect(isTransient(closed('h:1'))).toBe(true);
  expect(isTransient(protocol('NOT_LEADER_FOR_PARTITION'))).toBe(true);
  expect(isTransient(protocol('TOPIC_AUTHORIZATION_FAILED'))).toBe(false);
  expect(isTransient(new TypeError('our own mistake'))).toBe(false);
});

test('what does not come from Kafka is our own mistake and is thrown on', () => {
  expect(() => told(new TypeError('x is undefined'))).toThrow('x is undefined');
});
