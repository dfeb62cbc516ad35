import { expect, test } from '@jest/globals';
import { kafkaAccess } from './kafka-access.ts';

const brokers = { KAFKA_BROKERS: 'b-1:9096, b-2:9096' };
const user = { KAFKA_SASL_USERNAME: 'testmesh', KAFKA_SASL_PASSWORD: 'hush' };
const files: Readonly<Record<string, string>> = {
  '/run/ca.crt': 'PEM',
  '/run/password': 'hush hush \n',
  '/run/none': '\n',
};
const read = async (path: string): Promise<string> => {
  const text = files[path];
  if (text === undefined) throw new Error('ENOENT');
  return text;
};
const accessOf = (more: Readonly<Record<string, string>>) => kafkaAccess({ ...brokers, ...more }, read);

test('without brokers there is no Kafka, whatever else is said', async () => {
  expect(await kafkaAccess({ KAFKA_BROKERS: '', KAFKA_SSL: 'true' }, read)).toBeUndefined();
});

test('variables that are empty are as good as none: compose files pass them on like that', async () => {
  const nothing = { KAFKA_SSL: '', KAFKA_SSL_CA: '', KAFKA_SSL_CA_FILE: '', KAFKA_SASL_MECHANISM: '' };
  const plain = { brokers: ['b-1:9096', 'b-2:9096'] };
  expect(await accessOf({ ...nothing, KAFKA_SASL_USERNAME: '', KAFKA_SASL_PASSWORD: '' })).toEqual(plain);
});

test.each([
  [{ KAFKA_SSL: 'true' }, {}],
  [{ KAFKA_SSL_CA: 'PEM' }, { ca: 'PEM' }],
  [{ KAFKA_SSL_CA_FILE: '/run/ca.crt' }, { ca: 'PEM' }],
  [
    { KAFKA_SSL_CERT: 'mine', KAFKA_SSL_KEY: 'its key' },
    { cert: 'mine', key: 'its key' },
  ],
])('%j asks for TLS', async (more, ssl) => {
  expect(await accessOf(more)).toMatchObject({ ssl });
});

test('a mechanism may be written as Kafka writes it, and a password may stand in a file', async () => {
  const { KAFKA_SASL_USERNAME } = user;
  const settings = {
    KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
    KAFKA_SASL_USERNAME,
    KAFKA_SASL_PASSWORD_FILE: '/run/password',
  };
  expect((await accessOf(settings))?.sasl).toEqual({
    mechanism: 'scram-sha-512',
    username: 'testmesh',
    password: 'hush hush ',
  });
});

test.each([
  [user, 'KAFKA_SASL_MECHANISM is not set'],
  [{ ...user, KAFKA_SASL_MECHANISM: 'gssapi' }, 'KAFKA_SASL_MECHANISM=gssapi is none of plain,'],
  [{ KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_PASSWORD: 'hush' }, 'KAFKA_SASL_USERNAME is not set'],
  [{ KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'a' }, 'KAFKA_SASL_PASSWORD_FILE) is not set'],
  [{ ...user, KAFKA_SASL_PASSWORD_FILE: '/run/password' }, 'are both set'],
  [{ KAFKA_SASL_PASSWORD_FILE: '/run/gone' }, 'KAFKA_SASL_PASSWORD_FILE=/run/gone cannot be read: ENOENT'],
  [{ KAFKA_SSL_CA_FILE: '/run/none' }, 'KAFKA_SSL_CA_FILE=/run/none is empty'],
  [{ KAFKA_SSL: 'yes' }, 'KAFKA_SSL=yes is neither'],
  [{ KAFKA_SSL: 'false', KAFKA_SSL_CA: 'PEM' }, 'KAFKA_SSL=false, and there are certificates'],
  [{ KAFKA_SSL_CERT: 'mine' }, 'belong together'],
])('%j is refused by name, and no secret is shown', async (more, words) => {
  await expect(accessOf(more as Readonly<Record<string, string>>)).rejects.toThrow(words);
  await expect(accessOf(more as Readonly<Record<string, string>>)).rejects.not.toThrow('hush');
});
