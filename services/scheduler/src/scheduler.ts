import type { Fire } from '@testmesh/commands';
import type { Bus, Clock, Send, Wakeups } from '@testmesh/ports';
import {
  DeliveryLoop,
  Loop,
  newRunId,
  type OnFault,
  type OnOver,
  OutcomeLoop,
  queueTopic,
  Reaper,
  Relay,
  RetentionLoop,
  seededRandom,
} from '@testmesh/runtime';
import type { Storage } from '@testmesh/service-kit';
import { cancelDeparted } from './departed-workspaces.ts';
import { inTurns, TURN_MS } from './relay-in-turns.ts';
import { ScheduleLoop } from './schedule-loop.ts';
import { type Tidied, tidy } from './tidying.ts';

export interface SchedulerOptions {
  readonly storage: Pick<
    Storage,
    | 'queue'
    | 'workspaces'
    | 'messages'
    | 'turns'
    | 'views'
    | 'firings'
    | 'suiteRuns'
    | 'datasetRuns'
    | 'endedRuns'
    | 'outcomes'
    | 'outbox'
    | 'retention'
  > &
    Tidied;
  readonly wakeups: Pick<Wakeups, 'wake'>;
  /** Where the journal is sent on to; nowhere when everything is in one process. */
  readonly bus?: Bus;
  readonly fire: Fire;
  /** Brings messages to channels. */
  readonly send: Send;
  /** Starts what is next in suites whose runs ended; true when there may be more. */
  readonly moveSuitesOn: () => Promise<boolean>;
  /** Asks for what is next in runs over datasets; true when there may be more. */
  readonly moveDatasetsOn: () => Promise<boolean>;
  readonly clock: Clock;
  /** Tells copies apart. */
  readonly name: string;
  readonly onFault: OnFault;
  /** Told when the relay works again. */
  readonly onOver?: OnOver;
}

export interface Scheduler {
  readonly start: () => void;
  readonly stop: () => Promise<void>;
}

/** Under which the relay keeps its place in the journal. */
export const RELAY = 'relay';
const HOUR_MS = 60 * 60 * 1000;

/** The scheduler: cron, suites, the reaper and the relay. Any number of copies run side by side. */
export const createScheduler = (options: SchedulerOptions): Scheduler => {
  const { storage, wakeups, bus, clock, onFault } = options;
  const random = seededRandom(options.name);
  const every = (name: string, ms: number, round: () => Promise<boolean>): Loop =>
    new Loop({ name, clock, random, leastRestMs: ms, mostRestMs: ms, onFault, round });
  const reaper = new Reaper({
    queue: storage.queue,
    clock,
    random,
    onFault,
    onReaped: () => wakeups.wake(queueTopic('default')),
  });
  const schedules = new ScheduleLoop({ storage, queue: storage.queue, fire: options.fire, clock, random, onFault });
  const outcomes = new OutcomeLoop({
    endedRuns: storage.endedRuns,
    outcomes: storage.outcomes(newRunId),
    clock,
    random,
    onFault,
  });
  const deliveries = new DeliveryLoop({ outbox: storage.outbox, send: options.send, clock, random, onFault });
  const retention = new RetentionLoop({ retention: storage.retention, clock, random, onFault });
  const suites = every('suites', 500, options.moveSuitesOn);
  const datasets = every('datasets', 500, options.moveDatasetsOn);
  const departed = every('departed workspaces', 1000, () => cancelDeparted(storage));
  const tidying = every('tidying', HOUR_MS, async () => {
    await tidy(storage, clock);
    return false;
  });
  const checkpoints = checkpointsOf(storage);
  const feed = inTurns({
    feed: storage.messages,
    take: () => storage.turns.take(RELAY, options.name, TURN_MS),
    stands: () => checkpoints.load(RELAY),
    clock,
  });
  const relay =
    bus && new Relay({ name: RELAY, feed, bus, checkpoints, clock, random, onFault, onOver: options.onOver });
  const loops = [
    reaper,
    schedules,
    outcomes,
    deliveries,
    retention,
    suites,
    datasets,
    departed,
    tidying,
    ...(relay ? [relay] : []),
  ];
  return {
    start: () => {
      for (const loop of loops) loop.start();
    },
    stop: async () => {
      await Promise.all(loops.map((loop) => loop.stop()));
    },
  };
};

/** The relay's place is kept as a projector's: it has no rows, and moves only from where it was seen. */
const checkpointsOf = ({ views }: Pick<Storage, 'views'>) => ({
  load: views.cursor,
  move: (reader: string, expected: string, next: string) => views.commit(reader, expected, next, []),
});
