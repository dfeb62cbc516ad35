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

  test('secrets of a request that was never queued are deleted, those of a run that goes on are not', async () => {
    const { runSecrets } = world.storage;
    const [half, going, fresh] = [runOf(5, 7), await run(6, 8, false), runOf(0, 9)];
    for (const runId of [half, going, fresh]) await runSecrets.keep(runId, 'inputs', '{}');
    await retain();
    expect([...(await runSecrets.of(half))]).toEqual([]);
    for (const runId of [going, fresh]) expect((await runSecrets.of(runId)).size).toBe(1);
  });
});
