import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { Projector, RetentionLoop, runView, seededRandom, systemClock } from '@testmesh/runtime';
import { describeWith } from '../../../../tools/testing/real.ts';
import { startConfiguration, type TestConfiguration } from './configuration.fixture.ts';

jest.setTimeout(60_000);

const DAY_MS = 86_400_000;
const dayOf = (ageDays: number): string => new Date(Date.now() - ageDays * DAY_MS).toISOString().slice(0, 10);
/** A run's id says when it was born. */
const runOf = (ageDays: number, number: number): string => {
  const hex = (Date.now() - ageDays * DAY_MS).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${String(number).padStart(12, '0')}`;
};

describeWith('postgres', 'what a workspace keeps', (address) => {
  let world: TestConfiguration;
  let folder: string;
  let workspace: string;
  let headers: Record<string, string>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'retention-'));
    world = await startConfiguration(address, systemClock, folder);
    workspace = await world.workspace('one');
    headers = await world.headersOf(workspace);
  });
  afterAll(async () => {
    await world.close();
    await rm(folder, { recursive: true, force: true });
  });

  const base = { clock: systemClock, random: seededRandom('x') };
  const faults: unknown[] = [];
  const onFault = (fault: unknown) => void faults.push(fault);
  const get = async (path: string) => (await world.api.ask({ url: `/api/v1${path}`, headers })).json();
  const listed = async (): Promise<readonly string[]> =>
    ((await get('/executions')).executions as { id: string }[]).map(({ id }) => id);
  const retain = () => new RetentionLoop({ ...base, onFault, retention: world.storage.retention }).round();
  const keepFor = (days: number | null, etag = '*') =>
    world.api.ask({
      method: 'PUT',
      url: '/api/v1/settings/retention',
      headers: { ...headers, 'content-type': 'application/json', 'if-match': etag },
      payload: { runs_days: days },
    });

  /** A run of so many days ago, ended unless it is to go on, and shown. */
  const run = async (ageDays: number, number: number, ends = true): Promise<string> => {
    const runId = runOf(ageDays, number);
    const time = (Date.now() - ageDays * DAY_MS) * 1000;
    const common = { stream: `run-${runId}`, sv: 1, workspace, epoch: 0, actor: 'test', time };
    const flow = { name: `flow ${number}`, file: 'f.yaml', hash: 'x' };
    const requested = { flow, variables: {}, tags: [], trigger: { kind: 'api' } };
    const event = { ...common, id: `a-${runId}`, type: 'RunRequested', data: requested };
    await world.storage.queue.request([{ runId, workspace, pool: 'default', priority: 0, exclusive: [], event }]);
    const end = { verdict: 'passed', teardown: { status: 'none' }, outputs: {}, durationMs: 1 };
    const completed = { ...common, id: `b-${runId}`, type: 'RunCompleted', data: end };
    if (ends) await world.storage.journal.append(common.stream, 1, 0, [completed]);
    return runId;
  };
  const project = async (...runIds: readonly string[]) => {
    const { feed, journal, views, runViews } = world.storage;
    const projector = new Projector({ ...base, onFault, name: 'runs', view: runView, feed, journal, store: views });
    // A transaction of another database may hold the feed back for a moment.
    while ((await runViews.byRunIds(workspace, runIds)).size < runIds.length) await projector.round();
  };

  test('is kept for ever until somebody says otherwise, and the change is audited', async () => {
    expect(await get('/settings/retention')).toEqual({ runs_days: null });
    const old = await run(400, 1);
    await project(old);
    await retain();
    expect(await listed()).toEqual([old]);
    expect((await keepFor(0)).statusCode).toBe(400);
    expect((await keepFor(3)).json()).toEqual({ runs_days: 3 });
    const { events } = await get('/audit?after=0&limit=1000');
    expect((events as { type: string }[]).map(({ type }) => type)).toContain('RetentionChanged');
  });

  test('a run that is too old leaves the lists and the database, and is shown and audited from the archive', async () => {
    const [old, open, young] = [await run(9, 2), await run(8, 3, false), await run(1, 4)];
    const before = await get(`/executions/${old}`);
    await project(old, open, young);
    await retain();
    expect(faults).toEqual([]);
    expect(await listed()).toEqual([young, open].sort().reverse());
    const files = (await readdir(folder)).filter((name) => name.endsWith('.gz'));
    expect(files).toContain(`${dayOf(9)}.1.jsonl.gz`);
    expect(files).not.toContain(`${dayOf(8)}.1.jsonl.gz`);
    const days = (await world.storage.retention.days()).map(({ day }) => day);
    expect(days).toEqual([dayOf(8), dayOf(1)]);
    const shown = await world.api.ask({ url: `/api/v1/executions/${old}`, headers });
    expect([shown.statusCode, shown.json()]).toMatchObject([200, { id: old, status: before.status }]);
    expect((await get(`/executions/${old}/events`)).events).toHaveLength(2);
    expect(await get(`/executions/${old}/audit`)).toMatchObject({ outcome: 'equal', events: 2 });
  });

  test('a body that no run needs any more moves to the archive, one that a flow names stays', async () => {
    const { blobs, pool, flows } = world.storage;
    const bytes = (text: string) => new TextEncoder().encode(text);
    const [unused, young, named] = await Promise.all(
      ['unused', 'young', 'named'].map((text) => blobs.put(bytes(text))),
    );
    const content = { name: 'f', description: '', suite: '', tags: [], file: 'f.yaml', text: '', definition: {} };
    await flows.create({ workspace, actor: 'test' }, { ...content, files: { 'data.json': named ?? '' } });
    await pool.query(`update journal.blobs set used_at = now() - interval '20 days' where hash <> $1`, [young]);
    await retain();
    const { rows } = await pool.query<{ hash: string }>('select hash from journal.blobs order by hash');
    expect(rows.map(({ hash }) => hash)).toEqual([young, named].sort());
    expect(Buffer.from((await blobs.get(unused ?? '')) ?? []).toString()).toBe('unused');
    await blobs.put(bytes('unused'));
    expect((await pool.query('select from journal.blobs')).rowCount).toBe(3);
  });

  test('what came for rules of repositories goes with the runs, and not before a month has passed', async () => {
    const { pool, flows, gitTriggerRules, gitDeliveries } = world.storage;
    const caller = { workspace, actor: 'test' };
    const text = {
      name: 'pushed',
      description: '',
      suite: '',
      tags: [],
      file: 'f',
      text: '',
      definition: {},
      files: {},
    };
    const flow = await flows.create(caller, text);
    const rule = { name: 'r', provider: 'github', repository: 'a/b', branches: ['*'], events: ['push'] } as const;
    const target = { flowId: flow.ok ? flow.value.id : '', suiteId: null, environmentId: null, variables: {} };
    const made = await gitTriggerRules.create(caller, { ...rule, ...target, enabled: true }, 'secret');
    const ruleId = made.ok ? made.value.id : '';
    const came = async (days: number) => {
      const bodyHash = new Uint8Array(32).fill(days);
      const delivery = {
        ruleId,
        bodyHash,
        delivery: `${days}`,
        event: 'push',
        branch: 'b',
        sha: 's',
        runId: `${days}`,
      };
      const { id } = await gitDeliveries.take(delivery);
      const sql = `update testmesh.git_deliveries set received_at = now() - $2 * interval '1 day' where id = $1`;
      await pool.query(sql, [id, days]);
    };
    for (const days of [2, 29, 32, 100]) await came(days);
    const page = { limit: 10, offset: 0 };
    const left = async () => (await gitDeliveries.list(workspace, ruleId, page)).items.map(({ delivery }) => delivery);
    expect((await keepFor(null)).statusCode).toBe(200);
    await retain();
    expect(await left()).toEqual(['2', '29', '32', '100']);
    await keepFor(60);
    await retain();
    expect(await left()).toEqual(['2', '29', '32']);
    await keepFor(3);
    await retain();
    expect(await left()).toEqual(['2', '29']);
  });

  test('a run over a dataset that is too old goes, one that goes on stays', async () => {
    const { pool, datasets, datasetRuns, flows } = world.storage;
    const table = { columns: ['a'], rowCount: 1, sizeBytes: 9, sha256: 'x' };
    const dataset = await datasets.create(
      { workspace, actor: 'test' },
      { name: 'd', description: '', table, rows: '[{"a":1}]' },
    );
    const datasetId = dataset.ok ? dataset.value.id : '';
    const text = { name: 'd', description: '', suite: '', tags: [], file: 'f', text: '', definition: {}, files: {} };
    const flow = await flows.create({ workspace, actor: 'test' }, text);
    const [old, open] = ['old', 'open'].map(() => crypto.randomUUID());
    for (const id of [old, open]) {
      await datasetRuns.add(workspace, {
        ...{ id: id ?? '', datasetId, datasetVersion: 1, flowId: flow.ok ? flow.value.id : '', environment: null },
        ...{ confirmedEnvironment: null, variables: {}, testEnvironment: null, mapping: {}, atOnce: 1 },
        ...{ stopOnFailure: false, requestedBy: 'test', rows: [] },
      });
    }
    await pool.query(`update testmesh.dataset_runs set ended_at = now() - interval '9 days' where id = $1`, [old]);
    await keepFor(3);
    await retain();
    const { items } = await datasetRuns.list(workspace, datasetId, { limit: 10, offset: 0 });
    expect(items.map(({ id }) => id)).toEqual([open]);
  });

  test('secrets of a request that was never queued are deleted, those of a run that goes on are not', async () => {
    const { runSecrets } = world.storage;
    const [half, going, fresh] = [runOf(5, 7), await run(6, 8, false), runOf(0, 9)];
    for (const runId of [half, going, fresh]) await runSecrets.keep(runId, 'inputs', '{}');
    await retain();
    expect([...(await runSecrets.of(half))]).toEqual([]);
    for (const runId of [going, fresh]) expect((await runSecrets.of(runId)).size).toBe(1);
  });
});
