import { dataOf, type RunEvent, runEventVersion } from '@testmesh/domain';
import type { Flow } from '@testmesh/flow';
import type { QueuedRun } from '@testmesh/ports';
import {
  ClaimLoop,
  dueSlots,
  eventId,
  JournalBatcher,
  LeaseKeeper,
  Loop,
  type OnFault,
  Projector,
  queueTopic,
  Reaper,
  Relay,
  RunCarrier,
  runView,
  seededRandom,
  slotRunId,
} from '@testmesh/runtime';
import { fakeAction, ok } from '../fake-action.ts';
import { memoryBlobs } from '../memory-blobs.ts';
import type { SimPlatform } from './platform.ts';
import { LEASE_MS, type SimProcess } from './sim-process.ts';

// The processes of a platform, made of the same loops as the services.

export const SCHEDULE = { expression: '*/5 * * * * *', timeZone: 'UTC' };
export const SCHEDULE_ID = 'every-five-seconds';

export const VIEWS = 'runs.v1';

export interface RoleParts {
  readonly process: SimProcess;
  readonly platform: SimPlatform;
  readonly onFault: OnFault;
  readonly flowOf: (runId: string) => Flow;
}

/** A process that can be asked to stop. */
export interface Running {
  readonly drain?: (graceMs: number) => Promise<void>;
}

export const startExecutor = ({ process, platform, onFault, flowOf }: RoleParts): Running => {
  const { clock, name: executor } = process;
  const { journal, queue, secrets } = platform.storesOf(process);
  const isBatching = platform.faults.between(0, 1) < 0.5;
  const leases = new LeaseKeeper({ queue, clock, executor, leaseMs: LEASE_MS, onFault });
  const carrier = new RunCarrier({
    journal: isBatching ? new JournalBatcher({ journal, clock }) : journal,
    queue,
    secrets,
    executor,
    source: { load: (runId) => process.call('load run', () => loaded(runId, flowOf(runId))) },
    engine: { blobs: memoryBlobs(), clock, random: seededRandom, action: async () => targetAction(process, platform) },
    log: () => undefined,
  });
  const loop = new ClaimLoop({
    queue,
    leases,
    carry: carrier.carry,
    clock,
    random: seededRandom(executor),
    executor,
    pools: ['default'],
    slots: 1 + Math.floor(platform.faults.between(0, 3)),
    leaseMs: LEASE_MS,
    wakeups: platform.wakeupsOf(process),
    onFault,
  });
  loop.start();
  return { drain: (graceMs) => loop.drain(graceMs) };
};

/** Every step is one request to a target that keeps its own ledger. */
const targetAction = (process: SimProcess, { ledger, faults, time }: SimPlatform) =>
  fakeAction(async (config, { runId, stepPath, clock, signal, use }) => {
    if (config['open'] === true) {
      const nothing = async (): Promise<void> => undefined;
      await use({ kind: 'socket', key: 's', bound: true }, nothing, nothing);
    }
    // A target answers in the end or is given up: that it was reached is what counts.
    time.after(faults.between(0.2, 5), `${runId} reaches the target`, () => {
      ledger.push({ runId, path: stepPath, at: time.now });
    });
    const answerMs = faults.hits('targetHangs') ? 10_000 : faults.hits('targetSlow') ? 1500 : 20;
    await clock.sleep(process.isAlive ? answerMs : 60_000, signal);
    return ok({ n: 1 });
  });

const loaded = (runId: string, flow: Flow) => ({
  input: {
    runId: runId as never,
    flow,
    variables: new Map(),
    envFileVariables: new Map(),
    flowEnvFileVariables: new Map(),
    osVariables: new Map(),
    secretNames: [],
    seed: runId,
    tags: [],
  },
  files: {
    childFlow: (path: string) => Promise.reject(new Error(`no flow ${path}`)),
    readFile: (path: string) => Promise.reject(new Error(`no file ${path}`)),
    glob: async () => [],
  },
});

export const startScheduler = ({ process, platform, onFault }: RoleParts, slotsUntil: number): Running => {
  const { clock, name } = process;
  const { queue, feed, checkpoints } = platform.storesOf(process);
  const { wake, onWake } = platform.wakeupsOf(process);
  const parts = { clock, random: seededRandom(name), onFault };
  new Reaper({ ...parts, queue, onReaped: () => wake(queueTopic('default')), everyMs: 500 }).start();
  const publish = (events: readonly { readonly id: string }[]): Promise<void> =>
    process.call('publish', () => {
      for (const { id } of events) platform.published.add(id);
    });
  const relay = new Relay({ ...parts, name: 'kafka', feed, checkpoints, bus: { publish }, pageSize: 20 });
  relay.start();
  onWake('journal', () => relay.wake());
  const policy = { misfire: 'all', maxLatenessMs: 3_600_000, onTimeMs: 0, atOnce: 1000 } as const;
  let looked = Date.UTC(2030, 0, 1);
  const fire = async (): Promise<boolean> => {
    const now = Math.min(clock.now(), slotsUntil);
    if (now <= looked) return false;
    const { fire: slots } = dueSlots(SCHEDULE, policy, looked, now);
    const runs = slots.map((at) => slotRunId({ scheduleId: SCHEDULE_ID, version: 1, at }));
    if (runs.length > 0) await queue.request(runs.map((runId) => queued(runId, name)));
    looked = now;
    return false;
  };
  new Loop({ ...parts, name: 'schedule', leastRestMs: 1000, mostRestMs: 1000, round: fire }).start();
  return {};
};

export const startProjector = ({ process, platform, onFault }: RoleParts): Running => {
  const { clock, name } = process;
  const { journal, feed, views: store } = platform.storesOf(process);
  const random = seededRandom(name);
  const projector = new Projector({
    name: VIEWS,
    view: runView,
    feed,
    journal,
    store,
    clock,
    random,
    onFault,
    pageSize: 8,
  });
  projector.start();
  platform.wakeupsOf(process).onWake('journal', () => projector.wake());
  return {};
};

/** A run as the API or a scheduler queues it. */
export const queued = (runId: string, actor: string, workspace = 'acme'): QueuedRun => {
  const event: RunEvent = {
    type: 'RunRequested',
    flow: { name: 'simulated', file: 'flows/test.yaml', hash: '0'.repeat(64) },
    variables: {},
    tags: [],
  };
  const stream = `run-${runId}`;
  return {
    runId,
    workspace,
    pool: 'default',
    priority: 0,
    exclusive: [],
    event: {
      id: eventId(stream, 0, 1),
      stream,
      type: event.type,
      sv: runEventVersion(event.type),
      workspace,
      epoch: 0,
      actor,
      time: 0,
      data: dataOf(event),
    },
  };
};
