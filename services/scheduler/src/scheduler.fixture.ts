import { randomBytes } from 'node:crypto';
import { catalogue } from '@testmesh/catalogue';
import { datasetDeps, type Fire, fireSlot, moveDatasetsOn, moveSuitesOn, suiteDeps } from '@testmesh/commands';
import type { Verdict } from '@testmesh/domain';
import type { Send } from '@testmesh/ports';
import { DeliveryLoop, newRunId, OutcomeLoop, seededRandom, systemClock } from '@testmesh/runtime';
import { openStorage, type Storage } from '@testmesh/service-kit';
import type { Caller, ScheduleContent } from '@testmesh/store-postgres';
import pg from 'pg';
import { ScheduleLoop } from './schedule-loop.ts';

/** A flow that the tests never run: they say themselves how its runs end. */
const TEXT = `flow:
  name: f
  steps:
    - { action: log, config: { message: hi }, assert: ['message == "hi"'] }
`;

export interface TestScheduler {
  readonly storage: Storage;
  readonly caller: Caller;
  readonly faults: unknown[];
  /** Another copy of the loop that fires. */
  readonly scheduleLoop: (firing?: (fire: Fire) => Fire) => ScheduleLoop;
  readonly deliveryLoop: (
    send: Send,
    more?: { readonly outbox?: Storage['outbox']; readonly leaseMs?: number },
  ) => DeliveryLoop;
  /** Lets what ended be taken in, and what is next in suites be asked for. */
  readonly settle: () => Promise<void>;
  readonly flow: (name: string) => Promise<string>;
  readonly suite: (name: string, ...flows: readonly string[]) => Promise<string>;
  /** Every second, due now. */
  readonly schedule: (name: string, over: Partial<ScheduleContent>) => Promise<string>;
  readonly firings: (scheduleId: string) => ReturnType<Storage['scheduleRuns']['list']>;
  /** What an executor would record at a run's end. */
  readonly end: (runId: string, verdict: Verdict, reason?: string) => Promise<void>;
  readonly told: () => Promise<readonly string[]>;
  readonly close: () => Promise<void>;
}

export const made = <Value>(change: { ok: true; value: Value } | { ok: false; refusal: string }): Value => {
  if (!change.ok) throw new Error(change.refusal);
  return change.value;
};

/** The loops of a scheduler over a database of its own. */
export const testScheduler = async (address: string): Promise<TestScheduler> => {
  const admin = new pg.Client(address);
  await admin.connect();
  const name = `scheduler_${randomBytes(6).toString('hex')}`;
  await admin.query(`create database ${name}`);
  const url = new URL(address);
  url.pathname = `/${name}`;
  const keys = { current: 'k1', keys: new Map([['k1', randomBytes(32)]]) };
  const storage = await openStorage({ url: url.href, keys, clock: systemClock, onLost: () => undefined });
  const workspace = { name: 'w', slug: 'w', description: '', type: 'team', settings: {} } as const;
  const caller = { workspace: made(await storage.workspaces.create(workspace, 'test')).id, actor: 'key:test' };
  const faults: unknown[] = [];
  const base = { clock: systemClock, random: seededRandom('x'), onFault: (fault: unknown) => void faults.push(fault) };
  const requesting = { storage, wakeups: { wake: () => undefined }, clock: systemClock, catalogue };
  const [suites, datasets] = [suiteDeps(requesting), datasetDeps(requesting)];
  const outcomeLoop = () =>
    new OutcomeLoop({ ...base, endedRuns: storage.endedRuns, outcomes: storage.outcomes(newRunId) });
  // Two of them, as on two machines: each end is taken in once all the same.
  const copies = [outcomeLoop(), outcomeLoop()];
  const round = async () => (await Promise.all(copies.map((copy) => copy.round()))).includes(true);
  return {
    storage,
    caller,
    faults,
    scheduleLoop: (firing = (fire) => fire) =>
      new ScheduleLoop({ ...base, storage, queue: storage.queue, fire: firing(fireSlot({ ...datasets, ...suites })) }),
    deliveryLoop: (send, more = {}) => new DeliveryLoop({ ...base, outbox: storage.outbox, send, ...more }),
    settle: async () => {
      // A transaction of another database may hold the ends back for a moment.
      while ((await round()) || (await isBehind(storage))) await new Promise((resolve) => setTimeout(resolve, 20));
      await moveSuitesOn(suites);
      await moveDatasetsOn(datasets);
    },
    flow: async (flow) => {
      const content = { name: flow, description: '', suite: '', tags: [], file: 'f.yaml', definition: {}, files: {} };
      return made(await storage.flows.create(caller, { ...content, text: TEXT })).id;
    },
    suite: async (suite, ...flows) => {
      const parts = flows.map((flowId, position) => ({ flowId, position, parallel: false }));
      return made(await storage.suites.create(caller, { name: suite, description: '', tags: [], parts })).id;
    },
    schedule: async (schedule, over) =>
      made(await storage.schedules.create(caller, { ...everySecond, name: schedule, nextRunAt: new Date(), ...over }))
        .id,
    firings: (id) => storage.scheduleRuns.list(caller.workspace, id, { limit: 100, offset: 0 }),
    end: (runId, verdict, reason) => end(storage, runId, { verdict, reason }),
    told: async () => {
      const { items } = await storage.notifications.list(caller, { limit: 100, offset: 0 });
      return items.map(({ title }) => title).reverse();
    },
    close: async () => {
      await storage.close();
      await admin.query(`drop database ${name} with (force)`);
      await admin.end();
    },
  };
};

/** Whether ends of runs are recorded that were not taken in. */
const isBehind = async ({ pool, outcomes }: Storage): Promise<boolean> => {
  const [xid, position] = (await outcomes(newRunId).cursor()).split(':');
  const sql = `select from journal.events where type = 'RunCompleted' and (xid, gpos) > ($1::xid8, $2::bigint) limit 1`;
  return (await pool.query(sql, [xid || '0', position ?? '0'])).rowCount === 1;
};

const everySecond: Omit<ScheduleContent, 'name' | 'nextRunAt'> = {
  description: '',
  flowId: null,
  suiteId: null,
  cron: '* * * * * *',
  timezone: 'UTC',
  environment: null,
  variables: {},
  status: 'active',
  notifyOnFailure: true,
  notifyOnRecovery: true,
  notifyOnSuccess: false,
  notifyEmails: [],
  maxRetries: 0,
  retryDelayMs: 0,
  retryOn: ['failed', 'error', 'timed_out'],
  overlap: 'skip',
  misfire: 'last',
  tags: [],
};

interface End {
  readonly verdict: Verdict;
  readonly reason: string | undefined;
}

const end = async ({ journal }: Storage, runId: string, { verdict, reason }: End): Promise<void> => {
  const stream = `run-${runId}`;
  let ver = 0;
  let workspace = '';
  for await (const event of journal.read(stream)) ({ ver, workspace } = event);
  const data = {
    verdict,
    ...(reason !== undefined && { reason }),
    teardown: { status: 'none' },
    outputs: {},
    durationMs: 1,
  };
  const common = { id: `end-${runId}`, stream, type: 'RunCompleted', sv: 1, workspace, epoch: 0, actor: 'test' };
  const result = await journal.append(stream, ver, 0, [{ ...common, time: Date.now() * 1000, data }]);
  if (result.outcome !== 'applied') throw new Error(`the end of ${runId} was answered ${result.outcome}`);
};
