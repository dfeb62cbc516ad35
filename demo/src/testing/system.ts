// A demo system of its own for a suite: a fresh database, consumer groups nobody else has, services on free ports.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs, { type Consumer } from 'kafkajs';
import pg from 'pg';
import { readConfig } from '../service/config.ts';
import { numbersAsNumbers } from '../service/database.ts';
import type { Faults } from '../service/faults.ts';
import { createTopics } from '../service/kafka.ts';
import { type RunningService, type Service, startService } from '../service/service.ts';

const PATIENCE_MS = 20_000;
const TEST_KEY = 'sent by a test';

/** Asks again until the answer is there; what it waited for is part of the failure. */
export const eventually = async <Answer>(
  ask: () => Promise<Answer | undefined> | Answer | undefined,
): Promise<Answer> => {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await sleep(25)) {
    const answer = await ask();
    if (answer !== undefined) return answer;
  }
  throw new Error(`did not happen within ${PATIENCE_MS} ms: ${ask}`);
};

export interface Reply {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: the tests state what they expect of it
  readonly body: any;
}

export const send = async (
  method: string,
  url: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> => {
  const content = body === undefined ? {} : { 'content-type': 'application/json' };
  const response = await fetch(url, {
    method,
    headers: { ...content, ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json');
  return { status: response.status, body: isJson ? JSON.parse(text) : text };
};

interface SeenEvent {
  readonly topic: string;
  readonly key: string | undefined;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Started extends RunningService {
  readonly url: string;
  readonly break: (faults: Faults) => Promise<void>;
}

export interface System {
  readonly databaseUrl: string;
  /** Another database beside the system's own, with this in it. */
  readonly createDatabase: (sql: string) => Promise<string>;
  readonly start: (service: Service, variables?: Readonly<Record<string, string>>) => Promise<Started>;
  readonly query: Query;
  readonly publish: (topic: string, payload: unknown, headers?: Readonly<Record<string, string>>) => Promise<void>;
  /** The first event of the topic about this thing. */
  readonly event: (topic: string, key: string) => Promise<SeenEvent>;
  readonly events: (topic: string, key: string) => readonly SeenEvent[];
  readonly stop: () => Promise<void>;
}

type Query = (sql: string, values?: unknown[]) => Promise<readonly Record<string, unknown>[]>;

const connect = (connectionString: string, opened: AsyncDisposableStack): Query => {
  const pool = new pg.Pool({ connectionString, types: numbersAsNumbers, max: 2 });
  // Dropping a database ends the connections that are still saying goodbye to it.
  pool.on('error', () => {});
  opened.defer(() => pool.end());
  return async (sql, values) => (await pool.query(sql, values)).rows;
};

const databaseCreator = (postgres: string, opened: AsyncDisposableStack) => {
  const owner = connect(postgres, opened);
  return async (): Promise<string> => {
    const name = `demo_${randomBytes(6).toString('hex')}`;
    await owner(`CREATE DATABASE ${name}`);
    opened.defer(async () => {
      await owner(`DROP DATABASE ${name} WITH (FORCE)`);
    });
    return Object.assign(new URL(postgres), { pathname: `/${name}` }).href;
  };
};

const watchTopics = async (consumer: Consumer, topics: readonly string[], seen: SeenEvent[]) => {
  await consumer.connect();
  await consumer.subscribe({ topics: [...topics], fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ topic, message: { key, value, headers = {} } }) => {
      // Other suites send what is no JSON, on purpose; nobody asks for that here.
      if (key?.toString() === TEST_KEY) return;
      seen.push({
        topic,
        key: key?.toString(),
        payload: JSON.parse(String(value)),
        headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, String(text)])),
      });
    },
  });
};

const openBroker = async (
  brokers: string,
  topics: readonly string[],
  groupId: string,
  opened: AsyncDisposableStack,
) => {
  const kafka = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING });
  await createTopics(kafka, topics);
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  opened.defer(() => producer.disconnect());
  const seen: SeenEvent[] = [];
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100 });
  opened.defer(() => consumer.disconnect());
  await watchTopics(consumer, topics, seen);
  return { producer, seen };
};

interface Addresses {
  readonly postgres: string;
  readonly kafka: string;
  readonly redis?: string;
}

const variablesFor = ({ name }: Service, databaseUrl: string, { kafka, redis }: Addresses): Record<string, string> => {
  const { hostname, port, username, password, pathname } = new URL(databaseUrl);
  return {
    DB_HOST: hostname,
    DB_PORT: port,
    DB_USER: username,
    DB_PASSWORD: password,
    DB_NAME: pathname.slice(1),
    KAFKA_BROKERS: kafka,
    KAFKA_GROUP_ID: `${name}.${pathname.slice(1)}`,
    REDIS_URL: redis ?? '',
    PORT: '0',
    GRPC_PORT: '0',
    DEMO_FAULTS: 'true',
    LOG_LEVEL: 'silent',
  };
};

const startIn = async (opened: AsyncDisposableStack, service: Service, variables: Record<string, string>) => {
  const started = await startService(service, readConfig(variables, service));
  opened.defer(started.stop);
  const url = `http://127.0.0.1:${started.port}`;
  return {
    ...started,
    url,
    async break(faults: Faults) {
      const { status, body } = await send('PUT', `${url}/admin/faults`, faults);
      if (status !== 200) throw new Error(body.error);
    },
  };
};

const open = async (
  addresses: Addresses,
  topics: readonly string[],
  opened: AsyncDisposableStack,
): Promise<Omit<System, 'stop'>> => {
  const createDatabase = databaseCreator(addresses.postgres, opened);
  const databaseUrl = await createDatabase();
  const query = connect(databaseUrl, opened);
  const group = `test.${new URL(databaseUrl).pathname.slice(1)}`;
  const { producer, seen } = await openBroker(addresses.kafka, topics, group, opened);
  const events = (topic: string, key: string) => seen.filter((event) => event.topic === topic && event.key === key);
  return {
    databaseUrl,
    async createDatabase(sql) {
      const url = await createDatabase();
      await using connection = new AsyncDisposableStack();
      await connect(url, connection)(sql);
      return url;
    },
    start: (service, variables = {}) =>
      startIn(opened, service, { ...variablesFor(service, databaseUrl, addresses), ...variables }),
    query,
    async publish(topic, payload, headers = {}) {
      const value = typeof payload === 'string' ? payload : JSON.stringify(payload);
      await producer.send({ topic, messages: [{ key: TEST_KEY, value, headers }] });
    },
    event: (topic, key) => eventually(() => events(topic, key)[0]),
    events,
  };
};

/** `topics` are created and watched from their beginning. */
export const createSystem = async (addresses: Addresses, topics: readonly string[]): Promise<System> => {
  const opened = new AsyncDisposableStack();
  const stop = () => opened.disposeAsync();
  try {
    return { ...(await open(addresses, topics, opened)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
};
