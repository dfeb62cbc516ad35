// The platform as processes, under load, while things go wrong; then everything is healed, and judged by what is left.
import { setTimeout as sleep } from 'node:timers/promises';
import type { RecordedEvent } from '@testmesh/domain';
import { seededRandom, systemClock } from '@testmesh/runtime';
import { masterKeys, openStorage, type Storage } from '@testmesh/service-kit';
import { type FiredSlot, recoveries } from '@testmesh/testing/checkers';
import pg from 'pg';
import { startCluster } from '../cluster/cluster.ts';
import type { Cluster } from '../cluster/vocabulary.ts';
import { ask, type Client } from './api.ts';
import { holdContest } from './contest.ts';
import { onSmallDisk, type SmallDisk, whyNoDisk } from './disk.ts';
import { Chaos } from './faults.ts';
import { type Fleet, startFleet } from './fleet.ts';
import { caughtUp, readBus, readStreams, readViews, rebuild } from './gather.ts';
import { judge, type Remains, recoveryLimitMs, type SuiteRun } from './judge.ts';
import { Load } from './load.ts';
import { countBy, leaveReport, percentiles } from './report.ts';
import { makeStanding, runSuites, type Standing, stopSchedule } from './standing.ts';
import type { ChaosOptions, ChaosReport } from './vocabulary.ts';
import { startWitness, type Witness } from './witness.ts';

/** After everything has healed every run ends within this, and is shown and sent on. */
const SETTLE_MS = 180_000;
/** The names under which the views and the relay note how far they came. */
const READERS = ['runs', 'relay'];

interface Stage {
  readonly options: ChaosOptions;
  readonly cluster: Cluster;
  readonly fleet: Fleet;
  readonly witness: Witness;
  readonly client: Client;
  readonly standing: Standing;
  readonly disk: SmallDisk | undefined;
}

/** Starts everything, breaks it for a while, and tells what it came to; nothing that was started is left. */
export const runChaos = async (options: ChaosOptions): Promise<ChaosReport> => {
  await using started = new AsyncDisposableStack();
  const { say, leaseMs } = options;
  const witness = started.use(await startWitness());
  const none = { api: 0, scheduler: 0, executor: 0, graph: 0, 'env-manager': 0 };
  // The witness listens on loopback, where a server's runs may not go unless the operator says so.
  const env = { TESTMESH_OUTBOUND_ALLOW: '127.0.0.1' };
  const cluster = await startCluster({ copies: none, ownOnly: true, bundled: true, env, onProgress: say });
  started.defer(() => cluster.stop());
  const disk = await smallDisk(cluster);
  if (disk !== undefined) started.defer(() => unmounted(cluster, disk));
  await keepCommits(cluster);
  say('starting the services');
  const fleet = await startFleet(cluster, leaseMs);
  started.defer(() => fleet.stop());
  const client = { urls: fleet.apis.map(({ url }) => url), key: cluster.key, hung: [] };
  const standing = await makeStanding(client, witness.url);
  say(
    `everything runs: ${cluster
      .members()
      .map(({ name, pid }) => `${name} (${pid})`)
      .join(', ')}`,
  );
  // Awaited here: what was started is stopped only after it.
  return await perform({ options, cluster, fleet, witness, client, standing, disk });
};

/** What happened, before it is judged. */
interface Played {
  readonly load: Load;
  readonly chaos: Chaos;
  readonly suiteRunIds: readonly string[];
  readonly startedAt: number;
  readonly healedAt: number;
}

const perform = async (stage: Stage): Promise<ChaosReport> => {
  const { options, fleet } = stage;
  const played = await play(stage);
  options.say(`everything has healed; ${played.load.waiting} runs are on their way`);
  await fleet.whole();
  const slotsTo = await stopSchedule(stage.client, stage.standing, SETTLE_MS);
  await using storage = await storageOf(stage.cluster);
  const isSettled = await settled(storage, played.load);
  const settledAt = Date.now();
  const remains = await gather({ stage, played, storage, slotsTo, isSettled });
  const report = reportOf(stage, played, { remains, settledAt });
  await leaveReport(report, options.folder, { streams: remains.streams, lines: fleet.lines() });
  return report;
};

const play = async ({ options, cluster, fleet, witness, client, standing, disk }: Stage): Promise<Played> => {
  const { say, leaseMs, seed, rate } = options;
  const load = new Load({ client, random: seededRandom(`load ${seed}`), witness: witness.url, rate });
  const random = seededRandom(`faults ${seed}`);
  const chaos = new Chaos({ cluster, fleet, leaseMs, disk, random }, say);
  const startedAt = Date.now();
  const over = AbortSignal.timeout(options.forMs);
  const [suiteRunIds] = await Promise.all([
    runSuites({ client, standing, witness: witness.url }, (text) => load.complaints.push(text), over),
    load.go(over),
    chaos.go(options.faultEveryMs, over),
  ]);
  return { load, chaos, suiteRunIds, startedAt, healedAt: Date.now() };
};

interface Harvest {
  readonly stage: Stage;
  readonly played: Played;
  readonly storage: Storage;
  readonly slotsTo: number;
  readonly isSettled: boolean;
}

const gather = async ({ stage, played, storage, slotsTo, isSettled }: Harvest): Promise<Remains> => {
  const { options, cluster, client, witness, standing } = stage;
  const { load, chaos, suiteRunIds } = played;
  const contest = await holdContest({ cluster, client, storage, witness: witness.url, runs: options.contestants });
  const isCaughtUp = await caughtUp(storage, READERS, SETTLE_MS);
  await rebuild(storage);
  options.say('gathering what is left');
  const bus = await readBus(cluster.servers.kafka?.address ?? '', cluster.env['KAFKA_TOPIC'] ?? '');
  return {
    streams: await readStreams(storage),
    asked: load.asked,
    followed: load.followed,
    complaints: [
      ...load.complaints,
      ...client.hung.map((path) => `${path} hung: it had neither an answer nor an error`),
      ...(isSettled ? [] : [`${load.waiting} runs had not ended ${SETTLE_MS / 1000} s after everything healed`]),
      ...(isCaughtUp ? [] : ['the views or the bus had not caught up']),
    ],
    ledger: witness.ledger,
    views: await readViews(storage),
    parkedViews: [...(await storage.views.parked('runs')).keys()],
    bus,
    schedule: standing.schedule,
    slotsFrom: standing.since,
    slotsTo,
    fired: (await firedSlots(client, standing)).filter(({ at }) => at <= slotsTo),
    suiteRuns: await suiteRunsOf(client, standing, suiteRunIds),
    contest,
    deaths: chaos.deaths,
    blackouts: chaos.blackouts(),
    leaseMs: options.leaseMs,
  };
};

const reportOf = (
  { options, fleet, disk }: Stage,
  { load, chaos, suiteRunIds, startedAt, healedAt }: Played,
  { remains, settledAt }: { readonly remains: Remains; readonly settledAt: number },
): ChaosReport => {
  const { streams, contest } = remains;
  const judgement = judge(remains, recoveries(remains));
  const runs = [...streams].filter(([stream]) => stream.startsWith('run-'));
  const events = [...streams.values()].flat();
  const networks = [...Object.values(fleet.networks), ...fleet.apis.map(({ network }) => network)];
  return {
    seed: options.seed,
    startedAt: new Date(startedAt).toISOString(),
    faultySeconds: seconds(healedAt - startedAt),
    settledSeconds: seconds(settledAt - healedAt),
    runs: runs.length,
    runsByKind: { ...countBy(load.asked.map(({ kind }) => kind)), contest: contest.runIds.size },
    verdicts: countBy(runs.map(([, history]) => String(history.at(-1)?.data['verdict'] ?? 'none'))),
    events: events.length,
    effects: remains.ledger.length,
    suites: suiteRunIds.length,
    slots: remains.fired.length,
    streamsFollowed: load.followed.length,
    published: remains.bus.messages,
    faults: countBy(chaos.injected.map(({ kind }) => kind)),
    skipped: disk === undefined ? { 'full disk under PostgreSQL': whyNoDisk() ?? '' } : {},
    answersLost: networks.reduce((sum, { figures }) => sum + figures.lostAnswers, 0),
    connectionsCut: networks.reduce((sum, { figures }) => sum + figures.cut, 0),
    takeOvers: countOf(events, 'RunLeaseExpired'),
    handOvers: countOf(events, 'RunReleased'),
    parked: countOf(events, 'RunParked'),
    unknownOutcomes: countOf(events, 'StepOutcomeUnknown'),
    recovery: percentiles(judgement.recoveries),
    recoveryLimitMs: recoveryLimitMs(options.leaseMs),
    shares: Object.fromEntries(judgement.shares.map(({ workspace, share }) => [workspace, share])),
    violations: judgement.violations,
  };
};

const countOf = (events: readonly RecordedEvent[], wanted: string): number =>
  events.filter(({ type }) => type === wanted).length;

const seconds = (ms: number): number => Math.round(ms / 100) / 10;

/** Waits for every run to end; somebody looks at parked ones and lets them go on. */
const settled = async (storage: Storage, load: Load): Promise<boolean> => {
  const until = performance.now() + SETTLE_MS;
  while (performance.now() < until) {
    const parked = await storage.pool.query<{ run_id: string }>(
      `select run_id from journal.run_queue where state = 'parked'`,
    );
    for (const { run_id } of parked.rows) await storage.queue.unpark(run_id, 'chaos');
    const { rows } = await storage.pool.query('select 1 from journal.run_queue limit 1');
    if (rows.length === 0 && (await load.ended(100)) && (await noSuiteWaits(storage))) return true;
    await sleep(200);
  }
  return false;
};

const noSuiteWaits = async ({ pool }: Storage): Promise<boolean> => {
  const waiting = 'select 1 from testmesh.suite_run_members where run_id is null and error is null limit 1';
  return (await pool.query(waiting)).rows.length === 0;
};

const firedSlots = async (client: Client, { schedule }: Standing): Promise<readonly FiredSlot[]> => {
  const fired: FiredSlot[] = [];
  for (let offset = 0; ; offset = fired.length) {
    const { runs } = await ask(client, `/schedules/${schedule}/runs?limit=100&offset=${offset}`);
    const page = runs as readonly { readonly execution_id: string | null; readonly scheduled_at: string }[];
    if (page.length === 0) return fired;
    for (const { execution_id, scheduled_at } of page) {
      fired.push({ schedule, at: Date.parse(scheduled_at), runId: execution_id ?? 'none' });
    }
  }
};

const suiteRunsOf = async (
  client: Client,
  { suite }: Standing,
  ids: readonly string[],
): Promise<readonly SuiteRun[]> => {
  const found: SuiteRun[] = [];
  for (const id of ids) {
    const run = await ask(client, `/suites/${suite}/runs/${id}`);
    const parts = run['executions'] as readonly { readonly execution_id: string | null }[];
    found.push({ id, status: String(run['status']), runIds: parts.flatMap(({ execution_id }) => execution_id ?? []) });
  }
  return found;
};

const storageOf = async ({ servers, env }: Cluster): Promise<Storage & AsyncDisposable> => {
  const storage = await openStorage({
    url: servers.postgres.address,
    keys: masterKeys(env['TESTMESH_ENCRYPTION_KEYS']),
    clock: systemClock,
    connections: 4,
    application: 'chaos',
    onLost: () => undefined,
  });
  return { ...storage, [Symbol.asyncDispose]: () => storage.close() };
};

const query = async (cluster: Cluster, ...statements: readonly string[]): Promise<readonly pg.QueryResult[]> => {
  const client = new pg.Client({ connectionString: cluster.servers.postgres.address });
  await client.connect();
  try {
    const results: pg.QueryResult[] = [];
    for (const statement of statements) results.push(await client.query(statement));
    return results;
  } finally {
    await client.end();
  }
};

/** Servers of tests forget the last commits when they are killed; one whose commits are judged must not. */
const keepCommits = async (cluster: Cluster): Promise<void> => {
  await query(
    cluster,
    'alter database postgres set synchronous_commit = on',
    `alter system set max_wal_size = '256MB'`,
    'select pg_reload_conf()',
  );
};

const smallDisk = async (cluster: Cluster): Promise<SmallDisk | undefined> => {
  if (whyNoDisk() !== undefined) return undefined;
  const [shown] = await query(cluster, 'show data_directory');
  const folder = String((shown?.rows[0] as { data_directory: string } | undefined)?.data_directory);
  await stopPostgres(cluster);
  const disk = await onSmallDisk(folder);
  await cluster.servers.postgres.restart();
  return disk;
};

const unmounted = async (cluster: Cluster, disk: SmallDisk): Promise<void> => {
  await stopPostgres(cluster);
  await disk.unmount();
};

const stopPostgres = async ({ servers: { postgres } }: Cluster): Promise<void> => {
  const pid = postgres.pid();
  postgres.signal('SIGINT');
  for (;;) {
    try {
      process.kill(pid ?? 0, 0);
    } catch {
      return; // it is gone
    }
    await sleep(20);
  }
};
