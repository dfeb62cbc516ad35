import { setTimeout as sleep } from 'node:timers/promises';
import { localWakeups } from '@testmesh/bus-local';
import type { RecordedEvent } from '@testmesh/domain';
import type { GitOpsProvider } from '@testmesh/ports';
import {
  ENVIRONMENTS_TOPIC,
  EnvironmentReconciler,
  type OnFault,
  runEnvironments,
  seededRandom,
  systemClock,
} from '@testmesh/runtime';
import { median } from '../../measure.ts';
import { startExecutor } from '../processes.ts';
import { type PlatformRow, percentile } from '../row.ts';
import { queueRuns, untilIdle, WORKSPACE } from '../runs.ts';
import { type Database, freshDatabase } from '../world.ts';

const PAIRS = 100;
const PROVISIONS = 20;
const OWN_MS = 2000;

const flow = (environment: string): string =>
  `flow:\n  name: bench\n${environment}  steps:\n    - { id: a, action: log, config: { message: hello }, assert: [message == "hello"] }\n`;

const eventsOf = async ({ storage }: Database, text: string): Promise<readonly RecordedEvent[]> => {
  const [runId] = await queueRuns({ storage }, { text, runs: 1 });
  await untilIdle({ pool: storage.pool }, 10);
  const events: RecordedEvent[] = [];
  for await (const event of storage.journal.read(`run-${runId}`)) events.push(event);
  return events;
};

const dataOf = (events: readonly RecordedEvent[], type: string): Readonly<Record<string, unknown>> => {
  const event = events.find((one) => one.type === type);
  if (event === undefined) throw new Error(`the run has no ${type}: ${events.map((one) => one.type).join(', ')}`);
  return event.data;
};

const durationOf = async (database: Database, text: string): Promise<number> => {
  const { verdict, reason, durationMs } = dataOf(await eventsOf(database, text), 'RunCompleted');
  if (verdict !== 'passed') throw new Error(`the run is ${verdict}: ${reason}`);
  return Number(durationMs);
};

export const environmentReuse: PlatformRow = {
  name: 'environment-reuse',
  what: 'a flow in a warm test environment, from its start to its end',
  against: 'the same flow without one, in turn',
  unit: 'ms',
  target: { most: 50 },
  measure: async () => {
    await using database = await freshDatabase();
    const { testEnvironments } = database.storage;
    const spec = {
      ...{ name: 'bench', context: 'bench', cluster: 'default', provider: 'bench', namespace: 'bench', settings: {} },
      ...{ ttlMinutes: 600, readyWithinMinutes: 5, services: [], routingPolicy: { orders: 'http://orders:80' } },
    };
    await testEnvironments.register({ id: 'bench', workspace: WORKSPACE, by: 'bench', spec });
    for (const type of ['StartProvisioning', 'ReportHealthy'] as const)
      await testEnvironments.request('bench', { type });
    await using _executor = await startExecutor(database);
    const [inside, outside] = [flow('  test_environment: bench\n'), flow('')];
    const added: number[] = [];
    for (let pair = 0; pair < PAIRS + 10; pair++) {
      const without = await durationOf(database, outside);
      added.push((await durationOf(database, inside)) - without);
    }
    // The first ones load drivers and warm up the compiler.
    const counted = added.slice(10);
    const figure = median(counted);
    return [{ ours: `p95 ${percentile(counted, 0.95).toFixed(1)} ms more`, baseline: `${PAIRS} pairs`, figure }];
  },
};

/** Ready so long after it was first asked for; what lies around that is ours. */
const slowProvider = (): GitOpsProvider => {
  const since = new Map<string, number>();
  const look: GitOpsProvider['bring'] = async ({ spec: { namespace } }) => {
    const begun = since.get(namespace) ?? performance.now();
    since.set(namespace, begun);
    const resources = [{ kind: 'Namespace', name: namespace, uid: namespace }];
    if (performance.now() - begun >= OWN_MS) return { health: 'healthy', resources };
    return { health: 'progressing', message: 'it is being made', resources };
  };
  return { bring: look, observe: look, destroy: async () => ({ outcome: 'gone' }) };
};

const failing: OnFault = ({ error }) => {
  throw error;
};

export const environmentOverhead: PlatformRow = {
  name: 'environment-overhead',
  what: 'from a run that asks for a new test environment to having it, without wake-ups',
  against: `the provider's own ${OWN_MS} ms`,
  unit: 'ms',
  target: { most: 1000 },
  measure: async () => {
    await using database = await freshDatabase();
    const provider = slowProvider();
    const reconciler = new EnvironmentReconciler({
      environments: database.storage.testEnvironments,
      provider: () => provider,
      policy: () => ({ namespaces: ['bench-*'], applications: [], reserved: [] }),
      ...{ clock: systemClock, random: seededRandom('bench') },
      onFault: failing,
    });
    await using _executor = await startExecutor(database);
    reconciler.start();
    const over: number[] = [];
    for (let nth = 0; nth < PROVISIONS; nth++) {
      const wanted = `  test_environment: { context: bench-${nth}, namespace: bench-${nth}, provider: bench }\n`;
      over.push(Number(dataOf(await eventsOf(database, flow(wanted)), 'EnvironmentEntered')['waitedMs']) - OWN_MS);
      await sleep(37);
    }
    await reconciler.stop();
    const figure = percentile(over, 0.95);
    const ours = `p50 ${Math.round(median(over))} ms, most ${Math.round(Math.max(...over))} ms more`;
    return [{ ours, baseline: `${OWN_MS} ms`, figure, note: `p95 of ${PROVISIONS}` }];
  },
};

/** As a provider whose watch tells when it is ready, in a process with wake-ups: what is left is our own work. */
export const environmentHinted: PlatformRow = {
  name: 'environment-hinted',
  what: 'the same with wake-ups and a provider that has a watch, in one process',
  against: `the provider's own ${OWN_MS} ms`,
  unit: 'ms',
  target: { most: 1000 },
  measure: async () => {
    await using database = await freshDatabase();
    const environments = database.storage.testEnvironments;
    const wakeups = localWakeups();
    const common = { environments, clock: systemClock, onFault: failing };
    const { bring, ...rest } = slowProvider();
    const told = new Set<string>();
    const watched: GitOpsProvider = {
      ...rest,
      bring: async (target, signal) => {
        const { namespace } = target.spec;
        const seen = await bring(target, signal);
        if (!told.has(namespace)) setTimeout(() => reconciler.changed('default', namespace), OWN_MS + 1);
        told.add(namespace);
        return seen;
      },
    };
    const reconciler: EnvironmentReconciler = new EnvironmentReconciler({
      ...{ ...common, random: seededRandom('bench'), provider: () => watched },
      policy: () => ({ namespaces: ['bench-*'], applications: [], reserved: [] }),
      onSettled: () => wakeups.wake(ENVIRONMENTS_TOPIC),
    });
    wakeups.onWake(ENVIRONMENTS_TOPIC, () => reconciler.wake());
    reconciler.start();
    const runs = runEnvironments({ ...common, leaseMs: 30_000, wakeups });
    const over: number[] = [];
    for (let nth = 0; nth < PROVISIONS; nth++) {
      const wanted = { context: `bench-${nth}`, namespace: `bench-${nth}`, provider: 'bench' };
      const { signal } = new AbortController();
      const run = runs({ runId: `bench-${nth}`, workspace: WORKSPACE });
      const entering = await run.enter({ wanted, had: undefined, signal, onWait: () => undefined });
      if (entering.outcome !== 'entered') throw new Error(`the run has no environment: ${JSON.stringify(entering)}`);
      over.push(entering.environment.waitedMs - OWN_MS);
      await run.release('the run has ended');
    }
    await reconciler.stop();
    const ours = `p50 ${Math.round(median(over))} ms, most ${Math.round(Math.max(...over))} ms more`;
    const figure = percentile(over, 0.95);
    return [{ ours, baseline: `${OWN_MS} ms`, figure, note: `p95 of ${PROVISIONS}` }];
  },
};
