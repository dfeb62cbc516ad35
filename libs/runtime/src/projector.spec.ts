import { expect, test } from '@jest/globals';
import type { RecordedEvent, RunEvent } from '@testmesh/domain';
import { FEED_START, type JournalFeed, NotStorable, type ViewStore } from '@testmesh/ports';
import { fakeAction, fakeClock, memoryFeed, memoryViews } from '@testmesh/testing';
import { audit } from './audit.ts';
import { envelope, Platform } from './executor.fixture.ts';
import { Projector, type ProjectorOptions } from './projector.ts';
import { type RunViewState, runView } from './run-view.ts';
import { seededRandom } from './seeded-random.ts';

/** A platform on which these runs have ended. */
const ended = async (...runIds: readonly string[]): Promise<Platform> => {
  const platform = new Platform();
  await platform.request(...runIds);
  const loop = platform.executor('e1', fakeAction());
  loop.start();
  await platform.until(() => runIds.every((runId) => platform.types(runId).at(-1) === 'RunCompleted'));
  await loop.drain(1000);
  return platform;
};

const projectorOf = (
  platform: Platform,
  store: ViewStore,
  more: Partial<ProjectorOptions<RunViewState>> = {},
): Projector<RunViewState> =>
  new Projector({
    name: 'runs.v1',
    view: runView,
    feed: memoryFeed(platform.journal),
    journal: platform.journal,
    store,
    clock: fakeClock(),
    random: seededRandom('projector'),
    onFault: platform.onFault,
    ...more,
  });

const all = async (projector: Projector<RunViewState>): Promise<void> => {
  while (await projector.round()) {
    // another page
  }
};

/** The stored view's bytes, for the audit. */
const stored =
  (store: ReturnType<typeof memoryViews>, name = 'runs.v1') =>
  (runId: string) =>
    Promise.resolve(store.view(name, `run-${runId}`)?.bytes);

test('P4: columns follow every page, the whole view comes with the last event', async () => {
  const platform = new Platform();
  await platform.request('a');
  const store = memoryViews();
  const projector = projectorOf(platform, store);
  await all(projector);
  expect(store.view('runs.v1', 'run-a')).toMatchObject({
    ver: 1,
    columns: { status: 'queued', flow_name: 'test flow' },
  });
  expect(store.view('runs.v1', 'run-a')?.bytes).toBeUndefined();
  const loop = platform.executor('e1', fakeAction());
  loop.start();
  await platform.until(() => platform.types('a').at(-1) === 'RunCompleted');
  await loop.drain(1000);
  await all(projector);
  const view = store.view('runs.v1', 'run-a');
  expect(view?.columns).toMatchObject({
    workspace: 'acme',
    run_id: 'a',
    status: 'finished',
    verdict: 'passed',
    steps_total: 1,
    steps_passed: 1,
    steps_skipped: 0,
    attempt: 1,
    trigger_kind: 'api',
    pool: 'default',
    executor: 'e1',
    tags: '[]',
  });
  expect(JSON.parse(view?.outline ?? '')).toEqual([expect.objectContaining({ id: 'only', state: 'passed' })]);
  expect(view?.words).toBe('only');
  expect(JSON.parse(new TextDecoder().decode(view?.bytes))).toMatchObject({ runId: 'a', status: 'finished' });
});

test('P1: repetitions, disorder and gaps in the feed change no byte', async () => {
  const platform = await ended('a', 'b');
  const [whole, odd] = [memoryViews(), memoryViews()];
  await all(projectorOf(platform, whole));
  const random = seededRandom('disorder');
  const events = platform.journal.accepted();
  const disorder = [...events, ...events, ...events]
    .map((event) => ({ event, at: random.next() }))
    .sort((one, other) => one.at - other.at)
    .map(({ event }) => event);
  await all(projectorOf(platform, odd, { feed: feedOf(disorder), pageSize: 3 }));
  for (const stream of ['run-a', 'run-b']) {
    expect(odd.view('runs.v1', stream)).toEqual(whole.view('runs.v1', stream));
  }
});

test('P1: what is not kept in memory any more is read again', async () => {
  const platform = await ended('a', 'b', 'c');
  const [whole, small] = [memoryViews(), memoryViews()];
  await all(projectorOf(platform, whole));
  await all(projectorOf(platform, small, { kept: 1, pageSize: 2 }));
  expect(small.view('runs.v1', 'run-b')).toEqual(whole.view('runs.v1', 'run-b'));
});

test('P2: two copies share the work, and a page that somebody else took is read again', async () => {
  const platform = await ended('a', 'b');
  const store = memoryViews();
  const copies = [projectorOf(platform, store, { pageSize: 3 }), projectorOf(platform, store, { pageSize: 5 })];
  for (let at = 0; at < 40; at++) await Promise.all(copies.map((copy) => copy.round()));
  expect(await audit('a', { journal: platform.journal, stored: stored(store) })).toMatchObject({ outcome: 'equal' });
  expect(await audit('b', { journal: platform.journal, stored: stored(store) })).toMatchObject({ outcome: 'equal' });
});

test('P3: a stream that cannot be folded is set aside where it broke, the others go on, and it can be folded anew', async () => {
  const platform = await ended('a', 'b');
  const store = memoryViews();
  const parked: string[] = [];
  let isBroken = true;
  const view: typeof runView = {
    ...runView,
    next: (state, event) => {
      if (isBroken && event.stream === 'run-a' && event.type === 'StepStarted') throw new Error('no such step');
      return runView.next(state, event);
    },
  };
  const onParked = (stream: string, ver: number, error: string) => void parked.push(`${stream} ${ver} ${error}`);
  const projector = projectorOf(platform, store, { view, onParked, pageSize: 2 });
  await all(projector);
  expect(parked).toEqual(['run-a 4 no such step']);
  expect(await store.parked('runs.v1')).toEqual(new Map([['run-a', { ver: 4, error: 'no such step' }]]));
  expect(store.view('runs.v1', 'run-b')?.columns).toMatchObject({ status: 'finished' });
  const inOnePage = memoryViews();
  await all(projectorOf(platform, inOnePage, { view }));
  for (const { view: shown } of [store, inOnePage]) {
    expect(shown('runs.v1', 'run-a')).toMatchObject({ ver: 3, columns: { status: 'running' } });
  }
  expect(await projector.refold('run-a')).toBe(false);
  isBroken = false;
  expect(await projector.refold('run-a')).toBe(true);
  expect(await audit('a', { journal: platform.journal, stored: stored(store) })).toMatchObject({ outcome: 'equal' });
});

test('P3b: a stream whose view cannot be kept is set aside, the others of its page go on, and it is kept once it can be', async () => {
  const platform = await ended('a', 'b', 'c');
  const store = memoryViews();
  let isTooLong = true;
  const picky: ViewStore = {
    ...store,
    commit: (name, from, to, changes) =>
      isTooLong && changes.some(({ stream }) => stream === 'run-b')
        ? Promise.reject(new NotStorable('a key longer than an index takes'))
        : store.commit(name, from, to, changes),
  };
  const parked: string[] = [];
  const onParked = (stream: string, ver: number, error: string) => void parked.push(`${stream} ${ver} ${error}`);
  const projector = projectorOf(platform, picky, { onParked });
  await all(projector);
  const last = platform.types('b').length;
  expect(parked).toEqual([`run-b ${last} a key longer than an index takes`]);
  expect(store.view('runs.v1', 'run-a')?.columns).toMatchObject({ status: 'finished' });
  expect(store.view('runs.v1', 'run-b')).toBeUndefined();
  expect(store.view('runs.v1', 'run-c')?.columns).toMatchObject({ status: 'finished' });
  expect(await projector.refold('run-b')).toBe(false);
  expect(await projector.round()).toBe(false);
  isTooLong = false;
  expect(await projector.refold('run-b')).toBe(true);
  expect(store.view('runs.v1', 'run-b')?.columns).toMatchObject({ status: 'finished' });
});

test('P3: an event of a later version is not guessed at', async () => {
  const platform = new Platform();
  const event: RunEvent = { type: 'RunUnparked', by: 'ann' };
  await platform.journal.append('run-a', 0, 0, [envelope('a', event, { sv: 99 })]);
  const store = memoryViews();
  await all(projectorOf(platform, store));
  expect((await store.parked('runs.v1')).get('run-a')?.error).toContain('version 99');
});

test('P5: a page is folded while the one before is committed, and no two commits overlap', async () => {
  const platform = await ended('a', 'b');
  const store = memoryViews();
  const seen: string[] = [];
  const view = {
    ...runView,
    next: (...given: Parameters<typeof runView.next>): RunViewState => {
      seen.push('fold');
      return runView.next(...given);
    },
  };
  const slow: ViewStore = {
    ...store,
    commit: async (...given) => {
      seen.push('begin');
      await new Promise((resolve) => setTimeout(resolve, 5));
      const isCommitted = await store.commit(...given);
      seen.push('end');
      return isCommitted;
    },
  };
  await all(projectorOf(platform, slow, { view, pageSize: 4 }));
  const told = seen
    .join(' ')
    .replaceAll(/(?:fold ?)+/g, 'fold ')
    .trim();
  expect(told).toMatch(/^fold begin fold end begin (?:fold )?end/);
  expect(told).not.toMatch(/begin (?:fold )?begin/);
  expect(await audit('a', { journal: platform.journal, stored: stored(store) })).toMatchObject({ outcome: 'equal' });
});

const awayWith: Readonly<Record<string, () => Promise<boolean>>> = {
  'is refused': async () => false,
  fails: () => Promise.reject(new Error('the database is away')),
};

test.each(Object.entries(awayWith))(
  'P5: when a commit %s, what was folded ahead of it is read again',
  async (outcome, away) => {
    const platform = await ended('a', 'b');
    const [whole, store] = [memoryViews(), memoryViews()];
    await all(projectorOf(platform, whole));
    let commits = 0;
    const odd: ViewStore = { ...store, commit: (...given) => (++commits % 2 === 1 ? away() : store.commit(...given)) };
    const projector = projectorOf(platform, odd, { pageSize: 4 });
    const failures: unknown[] = [];
    for (let round = 0; round < 40; round++) await projector.round().catch((error) => failures.push(error));
    expect(failures.length > 0).toBe(outcome === 'fails');
    for (const stream of ['run-a', 'run-b'])
      expect(store.view('runs.v1', stream)).toEqual(whole.view('runs.v1', stream));
  },
);

test('P6: a rebuild under another name gives the same bytes', async () => {
  const platform = await ended('a', 'b');
  const store = memoryViews();
  await all(projectorOf(platform, store, { pageSize: 3 }));
  await all(projectorOf(platform, store, { name: 'runs.v2' }));
  expect(store.view('runs.v2', 'run-a')).toEqual(store.view('runs.v1', 'run-a'));
});

test('an audit tells a changed view from an equal one, and says what is missing', async () => {
  const platform = await ended('a');
  await platform.request('waiting');
  const store = memoryViews();
  const { journal } = platform;
  expect(await audit('a', { journal, stored: stored(store) })).toMatchObject({ outcome: 'missing' });
  await all(projectorOf(platform, store));
  expect(await audit('a', { journal, stored: stored(store) })).toMatchObject({ outcome: 'equal' });
  expect(await audit('waiting', { journal, stored: stored(store) })).toEqual({ outcome: 'open', events: 1 });
  const forged = async (): Promise<Uint8Array> => new TextEncoder().encode('{}');
  expect(await audit('a', { journal, stored: forged })).toMatchObject({ outcome: 'different' });
});

/** A feed of these events in this order. */
const feedOf = (events: readonly RecordedEvent[]): Pick<JournalFeed, 'readAfter'> => ({
  readAfter: async (cursor, limit) => {
    const from = cursor === FEED_START ? 0 : Number(cursor);
    const page = events.slice(from, from + limit);
    return { events: page, cursor: page.length === 0 ? cursor : String(from + page.length) };
  },
});
