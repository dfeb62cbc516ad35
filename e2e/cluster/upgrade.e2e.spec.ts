import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { createClient } from '@testmesh/client';
import type { RecordedEvent } from '@testmesh/domain';
import { FEED_START } from '@testmesh/ports';
import { systemClock } from '@testmesh/runtime';
import { masterKeys, openStorage, type Storage } from '@testmesh/service-kit';
import { RUN_VIEWS } from '@testmesh/store-postgres';
import { startWitness, type Witness } from '../../tools/chaos/witness.ts';
import { startCluster } from '../../tools/cluster/cluster.ts';
import type { Cluster, ServiceName } from '../../tools/cluster/vocabulary.ts';
import { describeWith } from '../../tools/testing/real.ts';
import { root, testmesh } from '../support/cli.ts';

// All services are replaced one by one by a build that writes a newer version of an event, while runs are under way.

// A dozen processes start from the sources here.
jest.setTimeout(600_000);

const NEWER = { NODE_OPTIONS: `--import=${join(root, 'tools/cluster/newer-schema.mjs')}` };
/** Runs in hand are not waited for: they are given back in their middle, which is what this is about. */
const DRAIN = { TESTMESH_DRAIN_MS: '300' };
const STEPS = ['one', 'two', 'three', 'four'];

const definition = `flow:
  name: across-builds
  inputs:
    WITNESS: { type: string, required: true }
  steps:
${STEPS.map(
  (
    id,
  ) => `    - { id: ${id}, action: http_request, effect: once, config: { method: POST, url: "\${WITNESS}/effects/\${RUN_ID}/${id}" }, output: { seen_${id}: $.body.count }, assert: [status == 200] }
    - { id: rest_${id}, action: delay, config: { duration: 700ms } }
`,
).join(
  '',
)}    - { id: sum, action: log, config: { message: "${STEPS.map((id) => `\${seen_${id}}`).join('')}" }, assert: ['message == "1111"'] }
`;

describeWith('postgres', 'an upgrade to a build with a newer event', () => {
  let cluster: Cluster;
  let witness: Witness;
  let storage: Storage;
  const asked: string[] = [];
  let runs: ReadonlyMap<string, readonly RecordedEvent[]> = new Map();

  beforeAll(async () => {
    witness = await startWitness();
    cluster = await startCluster({ copies: { executor: 2 }, with: [], env: DRAIN });
    storage = await openStorage({
      url: cluster.env['DATABASE_URL'] ?? '',
      keys: masterKeys(cluster.env['TESTMESH_ENCRYPTION_KEYS']),
      clock: systemClock,
      onLost: () => undefined,
    });
  });
  afterAll(async () => {
    await storage?.close();
    await cluster?.stop();
    await witness?.[Symbol.asyncDispose]();
  });

  const api = () => createClient({ url: cluster.urls()[0] ?? '', apiKey: cluster.key });
  const askFor = async (): Promise<void> => {
    // An API that is being replaced is asked again under the same key, as any client would.
    const params = { header: { 'Idempotency-Key': `upgrade-${asked.length}` } };
    for (;;) {
      const body = { definition, variables: { WITNESS: witness.url } };
      const answer = await api()
        .POST('/api/v1/executions', { params, body })
        .catch(() => undefined);
      if (answer?.data !== undefined) {
        asked.push(answer.data.id);
        return;
      }
      await sleep(200);
    }
  };
  /** Somebody asks for runs all the time. */
  const load = (everyMs: number) => {
    const stop = new AbortController();
    const asking = (async () => {
      while (!stop.signal.aborted) {
        await askFor();
        await sleep(everyMs);
      }
    })();
    return {
      [Symbol.asyncDispose]: () => {
        stop.abort();
        return asking;
      },
    };
  };
  const replace = async (service: ServiceName, at: number): Promise<void> => {
    await cluster.members(service)[at]?.kill('SIGTERM');
    await cluster.start(service, NEWER);
  };
  const journal = async (): Promise<ReadonlyMap<string, readonly RecordedEvent[]>> => {
    const events: RecordedEvent[] = [];
    for (let cursor = FEED_START; ; ) {
      const page = await storage.feed.readAfter(cursor, 2000);
      if (page.cursor === cursor) break;
      cursor = page.cursor;
      events.push(...page.events.filter(({ stream }) => stream.startsWith('run-')));
    }
    return Map.groupBy(events, ({ stream }) => stream.slice('run-'.length));
  };
  const ended = async (): Promise<number> =>
    [...(await journal()).values()].filter((events) => events.some(({ type }) => type === 'RunCompleted')).length;
  const written = async (sv: number): Promise<number> =>
    [...(await journal()).values()].flat().filter((event) => event.type === 'StepCompleted' && event.sv === sv).length;

  test('takes nobody’s attention: runs are asked for all the time, and end', async () => {
    {
      await using _ = load(1500);
      while ((await written(1)) < 10) await sleep(200);
      // Executors first, which is the harder way: what they write cannot be read by anybody else for a while.
      await replace('executor', 0);
      while ((await written(2)) < 10) await sleep(200);
      // The newer build is taken back once: its runs come to the older executor, which has to leave them alone.
      await cluster.members('executor')[1]?.kill('SIGTERM');
      await sleep(2000);
      await cluster.start('executor', NEWER);
      await replace('executor', 0);
      for (const service of ['scheduler', 'env-manager', 'api', 'graph'] as const) await replace(service, 0);
    }
    while ((await ended()) < asked.length) await sleep(500);
    runs = await journal();
    const mixed = [...runs.values()].filter((events) => new Set(stepVersions(events)).size === 2);
    expect(mixed.length).toBeGreaterThan(0);
  });

  test('loses no run and no event', () => {
    expect(new Set(asked).size).toBe(asked.length);
    for (const runId of asked) {
      const events = runs.get(runId) ?? [];
      const versions = events.map(({ ver }) => ver).sort((one, other) => one - other);
      expect([runId, versions]).toEqual([runId, events.map((_, at) => at + 1)]);
      const ends = events.filter(({ type }) => type === 'RunCompleted').map(({ data }) => data['verdict']);
      expect([runId, ends]).toEqual([runId, [isUnknown(events) ? expect.any(String) : 'passed']]);
    }
  });

  test('carries out nothing twice', () => {
    const reached = Map.groupBy(witness.ledger, ({ runId, path }) => `${runId} ${path}`);
    for (const runId of asked) {
      const times = STEPS.map((id) => reached.get(`${runId} ${id}`)?.length ?? 0);
      const isRight = isUnknown(runs.get(runId) ?? []) ? Math.max(...times) <= 1 : times.every((each) => each === 1);
      expect([runId, times, isRight]).toEqual([runId, times, true]);
    }
  });

  test('leaves every run readable, whichever build wrote it', async () => {
    expect(runs.size).toBeGreaterThan(0); // else the upgrade has not come to its end, and views would be waited for in vain
    // A graph service that looked before it was replaced has set some aside: they are shown a little later.
    while ((await storage.views.parked(RUN_VIEWS)).size > 0) await sleep(500);
    const options = { cwd: root, env: { TESTMESH_API_KEY: cluster.key }, timeoutMs: 300_000 };
    const audit = () => testmesh(['audit', '--all', '--api', cluster.urls()[0] ?? ''], options);
    const everyRun = `${asked.length} equal · 0 different · 0 not written yet`;
    let audited = await audit();
    // What differs will not become equal; what is not written yet will be.
    while (!audited.stdout.startsWith(everyRun) && audited.stdout.includes(' 0 different ')) audited = await audit();
    expect([audited.code, audited.stdout, audited.stderr]).toEqual([0, expect.stringContaining(everyRun), '']);
    const { data } = await api().GET('/api/v1/executions/{id}/steps', { params: { path: { id: asked[0] ?? '' } } });
    expect(data?.steps.filter(({ status }) => status === 'completed').length).toBe(2 * STEPS.length + 1);
  });
});

/** An executor ended while a step was reaching out that may act only once: nobody can know whether it did. */
const isUnknown = (events: readonly RecordedEvent[]): boolean =>
  events.some(({ type }) => type === 'StepOutcomeUnknown');

const stepVersions = (events: readonly RecordedEvent[]): readonly number[] =>
  events.filter(({ type }) => type === 'StepCompleted').map(({ sv }) => sv);
