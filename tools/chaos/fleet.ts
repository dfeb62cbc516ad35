import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultProxy } from '@testmesh/testing/fault-proxy';
import { startFaultProxy } from '@testmesh/testing/fault-proxy';
import type { Cluster, Environment, Member, ServiceName } from '../cluster/vocabulary.ts';
import { freePort } from '../infra/ports.ts';

// The services as an operator keeps them: whatever ends is started again, in its place and at its address.
// F1. A place holds one process at a time; the next one starts when the one before is gone.
// F2. Services reach their servers through proxies, and clients the API, so that networks can be broken too.

export interface Networks {
  readonly executors: FaultProxy;
  readonly others: FaultProxy;
  readonly redis: FaultProxy;
}

/** One process of a service, over all its lives. */
export interface Place {
  readonly service: ServiceName;
  readonly member: () => Member | undefined;
}

export interface ApiPlace extends Place {
  readonly url: string;
  readonly network: FaultProxy;
}

const SERVICES: readonly (readonly [ServiceName, number])[] = [
  ['executor', 3],
  ['scheduler', 2],
  ['graph', 2],
];
const APIS = 2;
const SLOTS = 10;

export class Fleet {
  readonly networks: Networks;
  readonly places: readonly Place[];
  readonly apis: readonly ApiPlace[];
  readonly #keepers: readonly Keeper[];

  constructor(networks: Networks, keepers: readonly Keeper[], apis: readonly ApiPlace[]) {
    this.networks = networks;
    this.#keepers = keepers;
    this.places = keepers;
    this.apis = apis;
  }

  /** Resolves when every place is taken by a process that is ready. */
  async whole(): Promise<void> {
    const until = performance.now() + WHOLE_MS;
    for (;;) {
      const missing = this.#keepers.filter((keeper) => keeper.member() === undefined);
      if (missing.length === 0) return;
      if (performance.now() > until) {
        const words = missing.map((keeper) => keeper.lines().slice(-3).join('\n'));
        throw new Error(`${missing.map(({ service }) => service).join(', ')} did not start:\n${words.join('\n')}`);
      }
      await sleep(50);
    }
  }

  /** Every line that any process of the fleet said, with its name. */
  lines(): readonly string[] {
    return this.#keepers.flatMap((keeper) => keeper.lines());
  }

  async stop(): Promise<void> {
    await Promise.all(this.#keepers.map((keeper) => keeper.stop()));
    const { executors, others, redis } = this.networks;
    await Promise.all([executors, others, redis, ...this.apis.map(({ network }) => network)].map((one) => one.close()));
  }
}

/** Starts every service between proxies, and keeps them. */
export const startFleet = async (cluster: Cluster, leaseMs: number): Promise<Fleet> => {
  const networks = await networksOf(cluster);
  const env = (database: FaultProxy): Environment => ({
    DATABASE_URL: through(cluster.servers.postgres.address, database),
    REDIS_URL: through(cluster.servers.redis?.address ?? '', networks.redis),
    TESTMESH_LEASE_MS: String(leaseMs),
    TESTMESH_SLOTS: String(SLOTS),
    TESTMESH_DRAIN_MS: '2000',
  });
  const keepers = SERVICES.flatMap(([service, copies]) =>
    Array.from({ length: copies }, () => {
      const database = service === 'executor' ? networks.executors : networks.others;
      return new Keeper(cluster, service, env(database));
    }),
  );
  const apis: ApiPlace[] = [];
  for (let copy = 0; copy < APIS; copy++) {
    const port = await freePort();
    const network = await startFaultProxy({ port });
    const keeper = new Keeper(cluster, 'api', { ...env(networks.others), PORT: String(port) });
    keepers.push(keeper);
    apis.push({ service: 'api', member: () => keeper.member(), url: `http://127.0.0.1:${network.port}`, network });
  }
  const fleet = new Fleet(networks, keepers, apis);
  for (const keeper of keepers) keeper.start();
  await fleet.whole();
  return fleet;
};

const networksOf = async ({ servers }: Cluster): Promise<Networks> => {
  const to = (address: string) => startFaultProxy({ port: Number(new URL(address).port) });
  return {
    executors: await to(servers.postgres.address),
    others: await to(servers.postgres.address),
    redis: await to(servers.redis?.address ?? ''),
  };
};

const through = (address: string, { port }: FaultProxy): string => {
  const url = new URL(address);
  url.port = String(port);
  return url.href;
};

/** With nothing broken any more. */
const WHOLE_MS = 180_000;
const LEAST_REST_MS = 200;
const LINES_KEPT = 4000;

class Keeper implements Place {
  readonly service: ServiceName;
  readonly #cluster: Cluster;
  readonly #env: Environment;
  readonly #said: string[] = [];
  #member: Member | undefined;
  #isStopping = false;
  #running: Promise<void> = Promise.resolve();

  constructor(cluster: Cluster, service: ServiceName, env: Environment) {
    this.#cluster = cluster;
    this.service = service;
    this.#env = env;
  }

  member(): Member | undefined {
    return this.#member;
  }

  lines(): readonly string[] {
    return [...this.#said, ...(this.#member === undefined ? [] : said(this.#member))];
  }

  start(): void {
    this.#running = this.#keep();
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#member?.signal('SIGCONT');
    await this.#member?.kill('SIGTERM');
    await this.#running;
  }

  async #keep(): Promise<void> {
    while (!this.#isStopping) {
      const member = await this.#cluster.start(this.service, this.#env).catch((error: Error) => {
        // Its database may be down: as an operator's supervisor would, it tries again.
        this.#keepLines([`${this.service}: ${error.message}`]);
        return undefined;
      });
      if (member !== undefined) {
        this.#member = member;
        // Told to stop while it was starting.
        if (this.#isStopping) void member.kill('SIGTERM');
        await member.ended;
        this.#member = undefined;
        this.#keepLines(said(member));
      }
      await sleep(LEAST_REST_MS);
    }
  }

  #keepLines(lines: readonly string[]): void {
    this.#said.push(...lines);
    this.#said.splice(0, Math.max(0, this.#said.length - LINES_KEPT));
  }
}

const said = ({ name, lines }: Member): readonly string[] => lines().map((line) => `${name} ${line}`);
