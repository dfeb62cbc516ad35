import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '@testmesh/ports';
import type { Blackout, Death } from '@testmesh/testing/checkers';
import type { FaultProxy } from '@testmesh/testing/fault-proxy';
import type { Cluster, Member, Server, ServiceName } from '../cluster/vocabulary.ts';
import type { SmallDisk } from './disk.ts';
import type { Fleet, Place } from './fleet.ts';
import type { InjectedFault, Subject } from './vocabulary.ts';
import { weighted } from './weighted.ts';

// What goes wrong, drawn from a seed. Faults of different subjects overlap; one subject has one fault at a time.

export interface Ground {
  readonly cluster: Cluster;
  readonly fleet: Fleet;
  readonly leaseMs: number;
  readonly disk: SmallDisk | undefined;
  readonly random: Random;
}

interface FaultKind {
  readonly kind: string;
  readonly subject: Subject;
  /** Of all draws. */
  readonly weight: number;
  /** Nobody can take a run over while it lasts, and a little after. */
  readonly isBlackout: boolean;
  /** Resolves when it is over, with what it was done to; undefined when there was nothing to do it to. */
  readonly inject: (ground: Ground) => Promise<string | undefined>;
}

const SERVICES: readonly ServiceName[] = ['executor', 'api', 'scheduler', 'graph'];

/** After a blackout processes start, connect and look again. */
const DAWN_MS = 8000;

export class Chaos {
  readonly #ground: Ground;
  readonly #kinds: readonly FaultKind[];
  readonly #busy = new Set<Subject>();
  readonly #going = new Set<Promise<void>>();
  readonly #deaths: Death[] = [];
  readonly #broken: unknown[] = [];
  readonly #say: (line: string) => void;
  readonly injected: InjectedFault[] = [];

  constructor(ground: Ground, say: (line: string) => void) {
    this.#ground = ground;
    this.#say = say;
    this.#kinds = [
      ...SERVICES.flatMap((service) => this.#processFaults(service)),
      ...serverFaults,
      ...networkFaults,
      ...(ground.disk === undefined ? [] : [fullDisk(ground.disk)]),
    ];
  }

  get deaths(): readonly Death[] {
    return this.#deaths;
  }

  /** Where a takeover could not have happened, whatever the platform does. */
  blackouts(): readonly Blackout[] {
    const dark = new Set(this.#kinds.filter(({ isBlackout }) => isBlackout).map(({ kind }) => kind));
    return this.injected
      .filter(({ kind }) => dark.has(kind))
      .map(({ from, to }) => ({ from: from * 1000, to: (to + DAWN_MS) * 1000 }));
  }

  /** Injects faults until the signal aborts, then waits for those that are going on. */
  async go(everyMs: readonly [number, number], signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#start(this.#draw());
      const restMs = between(this.#ground.random, ...everyMs);
      await sleep(restMs, undefined, { signal }).catch(() => undefined); // the end of the chaos ends the rest
    }
    await Promise.all(this.#going);
    // A fault that could not be injected, or not healed, is ours: nothing after it can be judged.
    if (this.#broken.length > 0) throw new AggregateError(this.#broken, `chaos itself failed: ${this.#broken[0]}`);
  }

  #draw(): FaultKind | undefined {
    const free = this.#kinds.filter(({ subject }) => !this.#busy.has(subject));
    return weighted(free, this.#ground.random);
  }

  #start(fault: FaultKind | undefined): void {
    if (fault === undefined) return;
    const { kind, subject } = fault;
    this.#busy.add(subject);
    const from = Date.now();
    const going = fault
      .inject(this.#ground)
      .then((target) => {
        if (target === undefined) return;
        this.injected.push({ kind, subject, target, from, to: Date.now() });
        this.#say(`${kind}: ${target}, ${((Date.now() - from) / 1000).toFixed(1)} s`);
      })
      .catch((error: unknown) => this.#broken.push(error))
      .then(() => {
        this.#busy.delete(subject);
        this.#going.delete(going);
      });
    this.#going.add(going);
  }

  #processFaults(service: ServiceName): readonly FaultKind[] {
    const isExecutor = service === 'executor';
    const fault = (
      name: string,
      weight: number,
      act: (member: Member, ground: Ground) => Promise<void>,
    ): FaultKind => ({
      kind: `${name} ${service}`,
      subject: service,
      weight: isExecutor ? weight * 3 : weight,
      isBlackout: service === 'scheduler',
      inject: async (ground) => {
        const member = someMember(ground, service);
        if (member === undefined) return undefined;
        await act(member, ground);
        return member.name;
      },
    });
    return [
      fault('SIGKILL', 3, async (member) => {
        this.#dies(member);
        await member.kill('SIGKILL');
      }),
      fault('SIGSTOP', 2, async (member, { leaseMs, random }) => {
        this.#dies(member);
        member.signal('SIGSTOP');
        await sleep(leaseMs * between(random, 1.3, 2.5));
        member.signal('SIGCONT');
      }),
      fault('SIGTERM', 2, async (member) => {
        await member.kill('SIGTERM');
      }),
    ];
  }

  #dies({ service, name }: Member): void {
    if (service === 'executor') this.#deaths.push({ executor: name, at: Date.now() * 1000 });
  }
}

const between = (random: Random, least: number, most: number): number => least + random.next() * (most - least);

const someMember = ({ fleet, random }: Ground, service: ServiceName): Member | undefined => {
  const members = fleet.places.filter((place: Place) => place.service === service).map((place) => place.member());
  return members[Math.floor(random.next() * members.length)];
};

/** Ends a server without a word and starts it again. */
const killed = async (server: Server | undefined, signal: NodeJS.Signals, downMs: number): Promise<string> => {
  if (server === undefined) throw new Error('chaos needs PostgreSQL, Kafka and Redis');
  const pid = server.pid();
  server.signal(signal);
  await gone(pid);
  await sleep(downMs);
  await server.restart();
  return `pid ${pid}`;
};

const gone = async (pid: number | undefined): Promise<void> => {
  if (pid === undefined) return;
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return; // no such process
    }
    await sleep(20);
  }
};

const serverFaults: readonly FaultKind[] = [
  {
    kind: 'immediate restart of PostgreSQL',
    subject: 'postgres',
    weight: 3,
    isBlackout: true,
    inject: ({ cluster, random }) => killed(cluster.servers.postgres, 'SIGQUIT', between(random, 0, 3000)),
  },
  {
    kind: 'kill -9 of the Kafka broker',
    subject: 'kafka',
    weight: 3,
    isBlackout: false,
    inject: ({ cluster, random }) => killed(cluster.servers.kafka, 'SIGKILL', between(random, 0, 10_000)),
  },
  {
    kind: 'kill -9 of Redis',
    subject: 'redis',
    weight: 3,
    isBlackout: false,
    inject: ({ cluster, random }) => killed(cluster.servers.redis, 'SIGKILL', between(random, 0, 8000)),
  },
];

const fullDisk = (disk: SmallDisk): FaultKind => ({
  kind: 'full disk under PostgreSQL',
  subject: 'postgres',
  weight: 2,
  isBlackout: true,
  inject: async ({ cluster: { servers }, random }) => {
    const pid = servers.postgres.pid();
    await disk.fill();
    await sleep(between(random, 2000, 6000));
    await disk.free();
    // It may have given up: a write-ahead log that cannot be written ends the server.
    if (isGone(pid)) await servers.postgres.restart();
    return isGone(pid) ? 'it ended, and was started again' : 'it refused what it could not write';
  },
});

const isGone = (pid: number | undefined): boolean => {
  if (pid === undefined) return true;
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true; // no such process
  }
};

type Broken = (proxy: FaultProxy, random: Random, leaseMs: number) => Promise<void>;

const breaks: readonly (readonly [string, number, Broken])[] = [
  [
    'lost answers',
    4,
    async (proxy, random) => {
      proxy.loseAnswers(1 + Math.floor(random.next() * 8));
      await sleep(2000);
      proxy.heal();
    },
  ],
  ['cut connections', 2, async (proxy) => proxy.cut()],
  [
    'slow network',
    2,
    async (proxy, random) => {
      proxy.delay(between(random, 20, 250));
      await sleep(between(random, 2000, 6000));
      proxy.heal();
    },
  ],
  [
    'black hole',
    2,
    async (proxy, random, leaseMs) => {
      proxy.blackHole();
      await sleep(leaseMs * between(random, 0.3, 1.8));
      proxy.heal();
    },
  ],
];

const networkFault = (
  subject: Subject,
  name: string,
  [how, weight, act]: (typeof breaks)[number],
  proxyOf: (ground: Ground) => FaultProxy,
): FaultKind => ({
  kind: `${how} between ${name}`,
  subject,
  weight,
  isBlackout: subject === 'database network',
  inject: async (ground) => {
    await act(proxyOf(ground), ground.random, ground.leaseMs);
    return name;
  },
});

const networkFaults: readonly FaultKind[] = breaks.flatMap((how) => [
  networkFault('database network', 'executors and PostgreSQL', how, ({ fleet }) => fleet.networks.executors),
  networkFault('database network', 'other services and PostgreSQL', how, ({ fleet }) => fleet.networks.others),
  networkFault('redis', 'services and Redis', how, ({ fleet }) => fleet.networks.redis),
  networkFault('api network', 'clients and the API', how, ({ fleet: { apis }, random }) => {
    const api = apis[Math.floor(random.next() * apis.length)];
    if (api === undefined) throw new Error('there is no API');
    return api.network;
  }),
]);
