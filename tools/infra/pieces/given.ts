// Infrastructure that somebody gave us. It is used in a database of our own, because tests delete things.
import { readFile } from 'node:fs/promises';
import https from 'node:https';
import path from 'node:path';
import { Redis } from 'ioredis';
import { Kafka, logLevel } from 'kafkajs';
import { createConnection } from 'mysql2/promise';
import pg from 'pg';
import { parse } from 'yaml';
import { randomName } from '../cache.ts';
import { type PieceName, type Running, reasonOf, Unavailable } from '../vocabulary.ts';

/** Never a general name such as DATABASE_URL: a shell may hold one that points at something dear. */
const settings = {
  postgres: 'TESTMESH_INFRA_POSTGRES_URL',
  kafka: 'TESTMESH_INFRA_KAFKA_BROKERS',
  redis: 'TESTMESH_INFRA_REDIS_URL',
  mysql: 'TESTMESH_INFRA_MYSQL_URL',
  kubernetes: 'TESTMESH_INFRA_KUBECONFIG',
} as const satisfies Partial<Record<PieceName, string>>;

type Giveable = keyof typeof settings;

const withDatabase = (url: string, name: string) => {
  const address = new URL(url);
  address.pathname = `/${name}`;
  return address.href;
};

const onPostgres = async (connectionString: string, statement: string) => {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
    await client.query(statement);
  } finally {
    await client.end().catch(() => undefined);
  }
};

const onMysql = async (url: string, statement: string) => {
  const connection = await createConnection({ uri: url, connectTimeout: 5_000 });
  try {
    await connection.query(statement);
  } finally {
    connection.destroy();
  }
};

const databaseOnPostgres = async (url: string): Promise<Running> => {
  const name = `testmesh_${randomName()}`;
  await onPostgres(url, `CREATE DATABASE ${name}`);
  return { address: withDatabase(url, name), stop: () => onPostgres(url, `DROP DATABASE ${name} WITH (FORCE)`) };
};

const databaseOnMysql = async (url: string): Promise<Running> => {
  const name = `testmesh_${randomName()}`;
  await onMysql(url, `CREATE DATABASE ${name}`);
  return { address: withDatabase(url, name), stop: () => onMysql(url, `DROP DATABASE ${name}`) };
};

const kafkaBrokers = async (brokers: string): Promise<Running> => {
  const kafka = new Kafka({ brokers: brokers.split(','), retry: { retries: 1 }, logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  try {
    await admin.connect();
    await admin.listTopics();
  } finally {
    await admin.disconnect();
  }
  return { address: brokers, stop: async () => undefined };
};

const databaseCount = async (redis: Redis) => {
  const [, count] = (await redis.config('GET', 'databases')) as string[];
  return Number(count);
};

/** Redis has numbered databases: the last empty one becomes ours, and is emptied at the end. */
const databaseOnRedis = async (url: string): Promise<Running> => {
  const redis = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null });
  redis.on('error', () => undefined); // told by the rejected connect below
  try {
    await redis.connect();
    for (let index = (await databaseCount(redis)) - 1; index > 0; index--) {
      await redis.select(index);
      if ((await redis.dbsize()) === 0)
        return { address: withDatabase(url, String(index)), stop: () => emptyRedis(url, index) };
    }
  } finally {
    redis.disconnect();
  }
  throw new Error('every database of it but 0 holds keys, and tests need an empty one');
};

const emptyRedis = async (url: string, index: number) => {
  const redis = new Redis(withDatabase(url, String(index)));
  await redis.flushdb();
  redis.disconnect();
};

/** A cluster where every test makes a namespace of its own. Any answer will do: it may hide from who has no token. */
const cluster = async (kubeconfig: string): Promise<Running> => {
  const config = parse(await readFile(kubeconfig, 'utf8'));
  const current = config.contexts.find(({ name }: { name: string }) => name === config['current-context']);
  const { cluster: at } = config.clusters.find(({ name }: { name: string }) => name === current.context.cluster);
  const authority = at['certificate-authority-data'];
  const tls = {
    rejectUnauthorized: at['insecure-skip-tls-verify'] !== true,
    ...(authority && { ca: Buffer.from(authority, 'base64') }),
  };
  await new Promise<void>((resolve, reject) => {
    const asked = https.get(new URL('/readyz', at.server), { ...tls, timeout: 5_000 }, (answer) => {
      answer.resume();
      resolve();
    });
    asked.once('timeout', () => asked.destroy(new Error(`${at.server} did not answer in 5 s`)));
    asked.once('error', reject);
  });
  return { address: path.resolve(kubeconfig), stop: async () => undefined };
};

const uses: Record<Giveable, (value: string) => Promise<Running>> = {
  postgres: databaseOnPostgres,
  kafka: kafkaBrokers,
  redis: databaseOnRedis,
  mysql: databaseOnMysql,
  kubernetes: cluster,
};

const isGiveable = (name: PieceName): name is Giveable => name in settings;

/** The piece behind its `TESTMESH_INFRA_*` setting, if there is one. A setting that does not work is never passed over. */
export const useGiven = async (name: PieceName): Promise<Running | undefined> => {
  if (!isGiveable(name)) return undefined;
  const setting = settings[name];
  const value = process.env[setting];
  if (!value) return undefined;
  try {
    return await uses[name](value);
  } catch (error) {
    throw new Unavailable(
      `${setting} is set but cannot be used: ${reasonOf(error)}`,
      `correct or unset ${setting}`,
      error,
    );
  }
};
