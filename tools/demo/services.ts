// The demo services as child processes, for `npm run demo` and for tests. They end with `stop` or with this process.
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Faults } from '../../demo/src/service/faults.ts';
import type { ReadyMessage } from '../../demo/src/service/run.ts';

const START_DEADLINE_MS = 60_000;
const STOP_DEADLINE_MS = 15_000;
const LOG_CHARACTERS = 100_000;

const PRINTED_PORTS = { user: 5001, product: 5002, order: 5003, notification: 5004, recommendation: 5006 } as const;
const PRINTED_GRPC_PORT = 5005;

export type DemoService = keyof typeof PRINTED_PORTS;

const SERVICES = Object.keys(PRINTED_PORTS) as readonly DemoService[];

export interface DemoOptions {
  readonly postgresUrl: string;
  /** Comma-separated; without a broker the services neither send nor receive events, and say so. */
  readonly brokers?: string | undefined;
  /** Without Redis the services cache in memory, and say so. */
  readonly redisUrl?: string | undefined;
  /** The ports the guides print, or any that are free. */
  readonly ports?: 'printed' | 'free';
  readonly faults?: Partial<Record<DemoService, Faults>>;
  readonly env?: Readonly<Record<string, string>>;
}

interface DemoUrls {
  readonly user: string;
  readonly product: string;
  readonly order: string;
  readonly notification: string;
  readonly recommendationHttp: string;
  /** host:port, as gRPC clients want it. */
  readonly recommendationGrpc: string;
}

export interface Demo {
  readonly urls: DemoUrls;
  /** Replaces a service's faults; `{}` heals it. */
  readonly setFault: (service: DemoService, faults: Faults) => Promise<void>;
  /** What a service has written so far, its end if it was much. */
  readonly log: (service: DemoService) => string;
  readonly stop: () => Promise<void>;
}

interface Started extends ReadyMessage {
  readonly stop: () => Promise<void>;
}

const databaseVariables = (postgresUrl: string): Record<string, string> => {
  const url = new URL(postgresUrl);
  return {
    DB_HOST: url.hostname.replace(/^\[|\]$/g, ''),
    DB_PORT: url.port || '5432',
    DB_USER: decodeURIComponent(url.username),
    DB_PASSWORD: decodeURIComponent(url.password),
    DB_NAME: decodeURIComponent(url.pathname.slice(1)),
  };
};

/** Two systems on one broker must not share a consumer group: one group per service and database. */
const groupId = (service: DemoService, postgresUrl: string): string => {
  const database = new URL(postgresUrl).pathname.slice(1);
  return database === 'postgres' ? `${service}-service` : `${service}-service.${database}`;
};

const variablesFor = (service: DemoService, options: DemoOptions, urls: Partial<DemoUrls>): NodeJS.ProcessEnv => {
  const { postgresUrl, brokers, redisUrl, ports = 'free', faults, env } = options;
  const printed = ports === 'printed';
  return {
    PATH: process.env['PATH'],
    NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
    ...databaseVariables(postgresUrl),
    KAFKA_BROKERS: brokers ?? '',
    KAFKA_GROUP_ID: groupId(service, postgresUrl),
    REDIS_URL: redisUrl ?? '',
    PORT: printed ? String(PRINTED_PORTS[service]) : '0',
    GRPC_PORT: printed ? String(PRINTED_GRPC_PORT) : '0',
    USER_SERVICE_URL: urls.user ?? '',
    PRODUCT_SERVICE_URL: urls.product ?? '',
    DEMO_FAULTS: 'true',
    FAULT: JSON.stringify(faults?.[service] ?? {}),
    ...env,
  };
};

const collectLog = (child: ChildProcess) => {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text = (text + chunk).slice(-LOG_CHARACTERS);
    });
  }
  return () => text;
};

const exitOf = (child: ChildProcess): Promise<string> =>
  new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? `code ${code}`)));

const readyOf = (child: ChildProcess): Promise<ReadyMessage> =>
  new Promise((resolve) => child.once('message', (message) => resolve(message as ReadyMessage)));

const startOne = async (service: DemoService, env: NodeJS.ProcessEnv, logs: Map<DemoService, () => string>) => {
  const main = fileURLToPath(new URL(`../../demo/src/${service}/main.ts`, import.meta.url));
  const child = fork(main, { env, execArgv: [], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  const log = collectLog(child);
  logs.set(service, log);
  const exited = exitOf(child);
  const stop = async () => {
    const killer = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
    child.kill('SIGTERM');
    await exited;
    clearTimeout(killer);
  };

  const tooLate = Promise.withResolvers<never>();
  const deadline = setTimeout(() => tooLate.reject(new Error('was not ready in time')), START_DEADLINE_MS);
  const ended = exited.then((how) => Promise.reject(new Error(`ended with ${how}`)));
  try {
    const ready = await Promise.race([readyOf(child), ended, tooLate.promise]);
    return { ...ready, stop } satisfies Started;
  } catch (error) {
    await stop();
    throw new Error(`${service}-service ${(error as Error).message}. Its log:\n${log()}`);
  } finally {
    clearTimeout(deadline);
    // From here on the end of the child is no failure of its start.
    ended.catch(() => {});
  }
};

const urlOf = ({ port }: ReadyMessage): string => `http://127.0.0.1:${port}`;

/** Starts all five services, each ready to serve and to consume when the promise is fulfilled. */
export const startServices = async (options: DemoOptions): Promise<Demo> => {
  await using children = new AsyncDisposableStack();
  const logs = new Map<DemoService, () => string>();
  const start = async (service: DemoService, urls: Partial<DemoUrls> = {}) => {
    const started = await startOne(service, variablesFor(service, options, urls), logs);
    children.defer(started.stop);
    return started;
  };

  const independent = SERVICES.filter((service) => service !== 'order');
  const results = await Promise.allSettled(independent.map((service) => start(service)));
  const [user, product, notification, recommendation] = results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  }) as [Started, Started, Started, Started];
  const order = await start('order', { user: urlOf(user), product: urlOf(product) });

  const urls: DemoUrls = {
    user: urlOf(user),
    product: urlOf(product),
    order: urlOf(order),
    notification: urlOf(notification),
    recommendationHttp: urlOf(recommendation),
    recommendationGrpc: `127.0.0.1:${recommendation.grpcPort}`,
  };
  const running = children.move();
  return {
    urls,
    async setFault(service, faults) {
      const base = service === 'recommendation' ? urls.recommendationHttp : urls[service];
      const response = await fetch(`${base}/admin/faults`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(faults),
      });
      if (!response.ok) throw new Error(`${service}-service refused the faults: ${await response.text()}`);
    },
    log: (service) => logs.get(service)?.() ?? '',
    stop: () => running.disposeAsync(),
  };
};
