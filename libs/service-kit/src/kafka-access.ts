import { readFile } from 'node:fs/promises';

// How a service comes to Kafka, from the variables that Kafka's other clients are set with. Certificates and the password may
// stand in a file, whose name is in a variable with _FILE at its end: that is how secrets are mounted.

const MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;

/** Brokers, and what they ask for of whoever comes. */
export interface KafkaAccess {
  readonly brokers: readonly string[];
  readonly ssl?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  readonly sasl?: Login<(typeof MECHANISMS)[number]>;
}

/** One type for each mechanism, as clients tell them apart. */
type Login<Mechanism extends string> = Mechanism extends string
  ? { readonly mechanism: Mechanism; readonly username: string; readonly password: string }
  : never;

type Environment = Readonly<Record<string, string | undefined>>;
type ReadText = (path: string) => Promise<string>;

/** Reads KAFKA_BROKERS, KAFKA_SSL… and KAFKA_SASL…; nothing where there are no brokers. What does not fit together is refused by name. */
export const kafkaAccess = async (
  environment: Environment,
  read: ReadText = (path) => readFile(path, 'utf8'),
): Promise<KafkaAccess | undefined> => {
  const brokers = (environment['KAFKA_BROKERS'] ?? '')
    .split(',')
    .map((broker) => broker.trim())
    .filter((broker) => broker !== '');
  if (brokers.length === 0) return undefined;
  const ssl = await sslOf(environment, read);
  const sasl = await saslOf(environment, read);
  return { brokers, ...(ssl && { ssl }), ...(sasl && { sasl }) };
};

const sslOf = async (environment: Environment, read: ReadText): Promise<KafkaAccess['ssl']> => {
  const [ca, cert, key] = await Promise.all([
    textOf(environment, 'KAFKA_SSL_CA', read),
    textOf(environment, 'KAFKA_SSL_CERT', read),
    textOf(environment, 'KAFKA_SSL_KEY', read),
  ]);
  if ((cert === undefined) !== (key === undefined)) {
    throw new Error('KAFKA_SSL_CERT and KAFKA_SSL_KEY belong together, and one of them is not set');
  }
  const isAsked = environment['KAFKA_SSL'] || String(ca !== undefined || cert !== undefined);
  if (!['true', 'false'].includes(isAsked)) throw new Error(`KAFKA_SSL=${isAsked} is neither true nor false`);
  if (isAsked === 'true') return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
  if (ca === undefined && cert === undefined) return undefined;
  throw new Error(
    'KAFKA_SSL=false, and there are certificates for it (KAFKA_SSL_CA, KAFKA_SSL_CERT): one of them is wrong',
  );
};

const saslOf = async (environment: Environment, read: ReadText): Promise<KafkaAccess['sasl']> => {
  const username = environment['KAFKA_SASL_USERNAME'] || undefined;
  const password = await textOf(environment, 'KAFKA_SASL_PASSWORD', read);
  const asked = environment['KAFKA_SASL_MECHANISM'] || undefined;
  if (asked === undefined) {
    if (username === undefined && password === undefined) return undefined;
    throw new Error(`KAFKA_SASL_MECHANISM is not set, and there is a user or a password: it is ${anyOf(MECHANISMS)}`);
  }
  const mechanism = MECHANISMS.find((known) => known === asked.toLowerCase());
  if (mechanism === undefined) throw new Error(`KAFKA_SASL_MECHANISM=${asked} is none of ${MECHANISMS.join(', ')}`);
  if (username === undefined) throw new Error(`KAFKA_SASL_USERNAME is not set, which ${mechanism} asks for`);
  if (password === undefined) {
    throw new Error(`KAFKA_SASL_PASSWORD (or KAFKA_SASL_PASSWORD_FILE) is not set, which ${mechanism} asks for`);
  }
  return { mechanism, username, password };
};

const anyOf = (words: readonly string[]): string => `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;

/** What a variable holds, or the file that its twin names. */
const textOf = async (environment: Environment, name: string, read: ReadText): Promise<string | undefined> => {
  const [text, path] = [environment[name] || undefined, environment[`${name}_FILE`] || undefined];
  if (path === undefined) return text;
  if (text !== undefined) throw new Error(`${name} and ${name}_FILE are both set: one of them is wrong`);
  const content = await read(path).catch((cause: Error) => {
    throw new Error(`${name}_FILE=${path} cannot be read: ${cause.message}`, { cause });
  });
  if (content.trim() === '') throw new Error(`${name}_FILE=${path} is empty`);
  // Editors end files with a line's end, which is no part of a password.
  return content.replace(/\r?\n$/, '');
};
