import { randomBytes } from 'node:crypto';
import { firstKey } from '@testmesh/api';
import { systemClock } from '@testmesh/runtime';
import { masterKeys, openStorage } from '@testmesh/service-kit';
import { type Infra, startInfra } from '../infra/infra.ts';
import type { PieceName } from '../infra/vocabulary.ts';
import { startMember } from './member.ts';
import {
  type Cluster,
  type ClusterOptions,
  type Environment,
  type Member,
  type Server,
  type ServiceName,
  serviceNames,
} from './vocabulary.ts';

// The platform as it runs on many machines: every service a process, over PostgreSQL, Kafka and Redis.

/** Starts servers and services; every one of them answers when the promise is fulfilled. */
export const startCluster = async (options: ClusterOptions = {}): Promise<Cluster> => {
  const { copies = {}, with: wanted = ['kafka', 'redis'], ownOnly = false, onProgress = () => undefined } = options;
  const infra = await startInfra({
    need: ['postgres', ...wanted],
    ownOnly,
    onProgress: ({ piece, message }) => onProgress(`${piece}: ${message}`),
  });
  try {
    const servers = serversOf(infra);
    const env = { ...environmentOf(servers), ...options.env };
    const key = await keyOf(env);
    const members = new Members(env, options.bundled ?? false);
    const names = serviceNames.flatMap((name) => Array.from({ length: copies[name] ?? 1 }, () => name));
    const all = await Promise.allSettled(names.map((name) => members.start(name)));
    const stop = async (): Promise<void> => {
      await members.stop();
      await infra.stop();
    };
    const failed = all.find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') {
      await members.stop();
      throw failed.reason;
    }
    return {
      key,
      env,
      servers,
      members: (service) => members.of(service),
      urls: () => members.of('api').map(({ url }) => url),
      start: (service, more) => members.start(service, more),
      stop,
    };
  } catch (error) {
    await infra.stop();
    throw error;
  }
};

class Members {
  readonly #env: Environment;
  readonly #bundled: boolean;
  readonly #running = new Set<Member>();
  readonly #count = new Map<ServiceName, number>();

  constructor(env: Environment, bundled: boolean) {
    this.#env = env;
    this.#bundled = bundled;
  }

  of(service?: ServiceName): readonly Member[] {
    return [...this.#running].filter((member) => service === undefined || member.service === service);
  }

  async start(service: ServiceName, more: Environment = {}): Promise<Member> {
    const number = (this.#count.get(service) ?? 0) + 1;
    this.#count.set(service, number);
    const name = `${service}-${number}`;
    const env = { TESTMESH_EXECUTOR: name, ...this.#env, ...more };
    const member = await startMember({ service, name, env, bundled: this.#bundled });
    this.#running.add(member);
    void member.ended.then(() => this.#running.delete(member));
    return member;
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.of().map((member) => {
        member.signal('SIGCONT'); // one that was stopped could not end in order
        return member.kill('SIGTERM');
      }),
    );
  }
}

const serversOf = (infra: Infra): Cluster['servers'] => {
  const { postgres, kafka, redis, unavailable } = infra;
  const [missing] = unavailable;
  if (missing !== undefined) throw new Error(`${missing.name}: ${missing.reason}\n  ${missing.howToGet}`);
  if (postgres === undefined) throw new Error('there is no PostgreSQL');
  return {
    postgres: server(infra, 'postgres', postgres.url, postgres.pid),
    ...(kafka && { kafka: server(infra, 'kafka', kafka.brokers, kafka.pid) }),
    ...(redis && { redis: server(infra, 'redis', redis.url, redis.pid) }),
  };
};

const server = (infra: Infra, name: PieceName, address: string, first: number | undefined): Server => {
  let pid = first;
  return {
    address,
    pid: () => pid,
    signal: (signal) => {
      if (pid === undefined) throw new Error(`${name} was given, not started here: it is not ours to send ${signal}`);
      process.kill(pid, signal);
    },
    restart: async () => {
      pid = await infra.restart(name);
    },
  };
};

const environmentOf = ({ postgres, kafka, redis }: Cluster['servers']): Environment => ({
  DATABASE_URL: postgres.address,
  TESTMESH_ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('hex')}`,
  TESTMESH_HEALTH_PORT: '0',
  PORT: '0',
  ...(kafka && {
    KAFKA_BROKERS: kafka.address,
    // Clusters may share a broker that was given.
    KAFKA_TOPIC: `testmesh.journal.${randomBytes(5).toString('hex')}`,
    KAFKA_PARTITIONS: '6',
  }),
  ...(redis && { REDIS_URL: redis.address }),
});

const keyOf = async (env: Environment): Promise<string> => {
  const storage = await openStorage({
    url: env['DATABASE_URL'] ?? '',
    keys: masterKeys(env['TESTMESH_ENCRYPTION_KEYS']),
    clock: systemClock,
    connections: 1,
    onLost: () => undefined,
  });
  try {
    const key = await firstKey(storage);
    if (key === undefined) throw new Error('the database is in use already: it has an API key');
    return key;
  } finally {
    await storage.close();
  }
};
