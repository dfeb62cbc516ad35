import type { EnginePorts } from '@testmesh/engine';
import type { BlobStore, Clock, Journal, RunQueue, RunSecrets, Wakeups } from '@testmesh/ports';
import {
  ClaimLoop,
  JournalBatcher,
  LeaseKeeper,
  type OnFault,
  RunCarrier,
  type RunEnvironmentsOptions,
  type RunSource,
  runEnvironments,
  seededRandom,
  systemClock,
} from '@testmesh/runtime';

/** Where a run's listeners are told that it went on. */
export const runTopic = (stream: string): string => `run.${stream.replace(/^run-/, '')}`;

/** Where whoever reads the whole journal is told that there is more. */
export const JOURNAL_TOPIC = 'journal';

export interface ExecutorOptions {
  readonly name: string;
  readonly pools: readonly string[];
  /** Runs at once. */
  readonly slots: number;
  readonly leaseMs: number;
  readonly journal: Pick<Journal, 'appendMany' | 'read'>;
  readonly queue: Pick<RunQueue, 'claim' | 'heartbeat' | 'release'>;
  readonly blobs: BlobStore;
  readonly secrets: RunSecrets;
  readonly wakeups: Wakeups;
  readonly source: RunSource;
  /** Absent where runs cannot be given test environments. */
  readonly environments?: RunEnvironmentsOptions['environments'];
  readonly action: EnginePorts['action'];
  /** Whether a failure of a store may be over in a moment: it is tried again, and no run ends for it. */
  readonly isPassing?: (error: unknown) => boolean;
  readonly log: (message: string, fields?: Readonly<Record<string, unknown>>) => void;
  readonly onFault: OnFault;
  readonly clock?: Clock;
}

export interface Executor {
  readonly start: () => void;
  /** Runs in hand. */
  readonly busy: () => number;
  /** Claims no more, lets runs end for `graceMs` and gives the others back. */
  readonly drain: (graceMs: number) => Promise<void>;
}

/** An executor over its ports: the same loops in a process of its own, in `testmesh up` and at a site. */
export const createExecutor = (options: ExecutorOptions): Executor => {
  const { name: executor, queue, wakeups, leaseMs, onFault, secrets, log } = options;
  const clock = options.clock ?? systemClock;
  const random = seededRandom(executor);
  const journal = told(new JournalBatcher({ journal: options.journal, clock }), wakeups);
  const leases = new LeaseKeeper({ queue, clock, executor, leaseMs, onFault });
  const carrier = new RunCarrier({
    journal,
    queue,
    secrets,
    source: options.source,
    executor,
    engine: {
      blobs: options.blobs,
      clock,
      random: seededRandom,
      action: options.action,
    },
    environments:
      options.environments && runEnvironments({ environments: options.environments, clock, leaseMs, wakeups, onFault }),
    isPassing: options.isPassing,
    log: (run, message, fields) => log(message, { run, ...fields }),
  });
  const loop = new ClaimLoop({
    queue,
    leases,
    carry: carrier.carry,
    clock,
    random,
    executor,
    pools: options.pools,
    slots: options.slots,
    leaseMs,
    wakeups,
    onFault,
  });
  return { start: () => loop.start(), busy: () => loop.busy, drain: (graceMs) => loop.drain(graceMs) };
};

type Appending = Pick<Journal, 'append' | 'read'>;

/** Listeners are told after the facts are durable: what they then read is there. */
const told = ({ append, read }: Appending, { wake }: Wakeups): Appending => ({
  read,
  append: async (stream, ...rest) => {
    const result = await append(stream, ...rest);
    wake(runTopic(stream));
    wake(JOURNAL_TOPIC);
    return result;
  },
});
