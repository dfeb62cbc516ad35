// 200 test environments in churn for ten minutes: runs that come and go, die, are robbed of their environment; what nobody uses is
// swept. Afterwards nothing may be left: no namespace, no lease, no wait, no row.
//   npm run soak [-- --minutes 10 --contexts 200 --runs 40 --kubernetes]
// In a cluster that is a map, or with --kubernetes in a real one. PostgreSQL and the Kubernetes API are started unless
// TESTMESH_TEST_POSTGRES_URL and TESTMESH_TEST_KUBECONFIG name them.
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { localWakeups } from '@testmesh/bus-local';
import type { Wakeups } from '@testmesh/ports';
import {
  ENVIRONMENTS_TOPIC,
  EnvironmentReconciler,
  EnvironmentSweeper,
  runEnvironments,
  seededRandom,
  systemClock,
} from '@testmesh/runtime';
import { masterKeys, openStorage, type Storage } from '@testmesh/service-kit';
import pg from 'pg';
import { startInfra } from '../infra/infra.ts';
import { type Churn, nothingSeen, oneRun, type Seen } from './churn.ts';
import { kubernetesPlayground } from './kubernetes-playground.ts';
import { memoryPlayground, type Playground } from './playground.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    contexts: { type: 'string', default: '200' },
    runs: { type: 'string', default: '40' },
    kubernetes: { type: 'boolean', default: false },
  },
});
const [minutes, contexts, runsAtOnce] = [values.minutes, values.contexts, values.runs].map(Number) as [
  number,
  number,
  number,
];
const LEASE_MS = 3000;
const SILENT = 'no answer of the cluster in time';
const prefix = `soak-${randomBytes(3).toString('hex')}`;
const WORKSPACE = '00000000-0000-0000-0000-000000000001';

const say = (text: string): boolean => process.stderr.write(`${text}\n`);
const percentile = (all: readonly number[], part: number): number =>
  all.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(all.length * part) - 1)] ?? Number.NaN;

/** Two env-managers, as they run beside each other in a cluster, with a sweep that does not wait five minutes. */
const managers = (storage: Storage, playground: Playground, wakeups: Wakeups, onFault: (fault: unknown) => void) => {
  const both = ['one', 'two'].map((seed) => {
    const common = { environments: storage.testEnvironments, clock: systemClock, random: seededRandom(seed), onFault };
    const reconciler = new EnvironmentReconciler({
      ...{ ...common, provider: () => playground.provider, pace: { checkMs: 2000 } },
      policy: () => ({ namespaces: [`${prefix}-*`], applications: [], reserved: [] }),
      onSettled: () => wakeups.wake(ENVIRONMENTS_TOPIC),
    });
    wakeups.onWake(ENVIRONMENTS_TOPIC, () => reconciler.wake());
    const onChange = () => reconciler.wake();
    const sweeper = new EnvironmentSweeper({ ...common, onChange, sweepEveryMs: 5000, reapEveryMs: 1000 });
    return { reconciler, sweeper };
  });
  playground.follow((namespace) => {
    for (const { reconciler } of both) reconciler.changed('default', namespace);
  });
  return both.flatMap(({ reconciler, sweeper }) => [reconciler, sweeper]);
};

const churned = async (churn: Churn, seen: Seen): Promise<void> => {
  const over = AbortSignal.timeout(minutes * 60_000);
  const worker = async (): Promise<void> => {
    while (!over.aborted) await oneRun(churn, seen, over);
  };
  const most = { environments: 0 };
  const look = setInterval(async () => {
    const { total } = await churn.environments.list({ workspace: WORKSPACE, limit: 1, offset: 0 });
    most.environments = Math.max(most.environments, total);
    say(`${total} environments, ${seen.reused.length + seen.waited.length} runs had one, ${seen.faults.length} faults`);
  }, 15_000);
  await Promise.all(Array.from({ length: runsAtOnce }, worker));
  clearInterval(look);
  say(`at most ${most.environments} environments at once`);
};

/** What is left once everything had the time to go. */
const leftOvers = async (storage: Storage, playground: Playground): Promise<readonly string[]> => {
  const { testEnvironments: environments, pool } = storage;
  const count = async (sql: string) => Number((await pool.query<{ n: string }>(sql)).rows[0]?.n);
  for (const deadline = Date.now() + 900_000; Date.now() < deadline; ) {
    const { total } = await environments.list({ workspace: WORKSPACE, limit: 1, offset: 0 });
    if (total === 0) break;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  while ((await environments.forget(-1, 100)) > 0);
  const left: Readonly<Record<string, number>> = {
    namespaces: (await playground.namespaces()).length,
    leases: await count(`select count(*) as n from journal.test_environments where lease_until is not null`),
    waits: await count('select count(*) as n from journal.test_environment_waits'),
    rows: await count('select count(*) as n from journal.test_environments'),
  };
  say(
    `left behind: ${Object.entries(left)
      .map(([what, n]) => `${n} ${what}`)
      .join(', ')}`,
  );
  return Object.entries(left).flatMap(([what, n]) => (n === 0 ? [] : [`${n} ${what} are left`]));
};

const report = ({ reused, waited, outcomes }: Seen): void => {
  const line = (what: string, all: readonly number[]): string => {
    const [p50, p95, most] = [0.5, 0.95, 1].map((part) => Math.round(percentile(all, part)));
    return `${what}: ${all.length}, p50 ${p50} ms, p95 ${p95} ms, most ${most} ms`;
  };
  console.log(line('a warm one reused', reused));
  console.log(line('made or waited for', waited));
  console.log(
    [...outcomes]
      .toSorted()
      .map(([what, n]) => `${what} ${n}`)
      .join(', '),
  );
};

const onServer = async (url: string, statement: string): Promise<void> => {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
};

const given = {
  postgres: process.env['TESTMESH_TEST_POSTGRES_URL'],
  kubernetes: process.env['TESTMESH_TEST_KUBECONFIG'],
};
const need = (['postgres', ...(values.kubernetes ? (['kubernetes'] as const) : [])] as const).filter(
  (piece) => given[piece] === undefined,
);
const infra = need.length > 0 ? await startInfra({ need }) : undefined;
const server = given.postgres ?? infra?.postgres?.url ?? '';
const kubeconfig = given.kubernetes ?? infra?.kubernetes?.kubeconfig ?? '';
const name = `soak_${randomBytes(5).toString('hex')}`;
await onServer(server, `create database ${name}`);
const url = new URL(server);
url.pathname = `/${name}`;

const seen = nothingSeen();
const random = seededRandom('soak');
const playground = values.kubernetes
  ? await kubernetesPlayground(kubeconfig, prefix, (fault) => onFault(fault))
  : memoryPlayground(() => random.next());
const onFault = (fault: unknown): void => {
  const text = JSON.stringify(fault, errorText);
  // A cluster that is slow is asked again; what may not be is that anything comes of it.
  if (text.includes('no answer within')) seen.outcomes.set(SILENT, (seen.outcomes.get(SILENT) ?? 0) + 1);
  else {
    if (!seen.faults.includes(text)) say(`fault: ${text}`);
    seen.faults.push(text);
  }
};
const errorText = (_key: string, value: unknown): unknown => (value instanceof Error ? value.message : value);
const keys = masterKeys(`k1:${randomBytes(32).toString('hex')}`);
const storage = await openStorage({ url: url.href, keys, clock: systemClock, connections: 40, onLost: onFault });
const wakeups = localWakeups();
const loops = managers(storage, playground, wakeups, onFault);
for (const loop of loops) loop.start();
const environments = storage.testEnvironments;
const runs = runEnvironments({ environments, clock: systemClock, leaseMs: LEASE_MS, wakeups, onFault });
await churned(
  { workspace: WORKSPACE, prefix, contexts, environments, runs, playground, random: () => random.next() },
  seen,
);
const left = await leftOvers(storage, playground);
await Promise.all(loops.map((loop) => loop.stop()));
await playground.close();
await storage.close();
await onServer(server, `drop database ${name} with (force)`);
await infra?.stop();
report(seen);
for (const fault of [...new Set(seen.faults), ...left]) console.log(`fault: ${fault}`);
process.exitCode = seen.faults.length + left.length === 0 ? 0 : 1;
