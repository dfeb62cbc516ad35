import { expect, test } from '@jest/globals';
import type { RecordedEvent } from '@testmesh/domain';
import type { ShowResult, ViewRebuild, ViewSets } from '@testmesh/ports';
import { fakeClock } from '@testmesh/testing';
import { seededRandom } from './seeded-random.ts';
import { ViewRebuilder } from './view-rebuilder.ts';

const REBUILD: ViewRebuild = {
  projector: 'runs.2',
  replaces: 'runs',
  phase: 'building',
  requestedBy: 'ann',
  requestedAt: 0,
  decidedAt: null,
  tidiedAt: null,
};

/** A store that answers as it is told, a journal with so many events before its end, and what the rebuilder did. */
const world = () => {
  const clock = fakeClock();
  const told: string[] = [];
  const kept = new Set<string>();
  const stands = {
    shown: 'runs',
    rebuild: undefined as ViewRebuild | undefined,
    left: 0,
    shows: 'shown' as ShowResult,
  };
  const sets: ViewSets = {
    now: async () => ({ shown: stands.shown, ...(stands.rebuild && { rebuild: stands.rebuild }) }),
    begin: async () => undefined,
    cancel: async () => false,
    showRebuilt: async () => {
      told.push(`asked to show: ${stands.shows}`);
      if (stands.shows === 'shown') {
        stands.shown = REBUILD.projector;
        stands.rebuild = { ...REBUILD, phase: 'switched', decidedAt: clock.now() };
      }
      return stands.shows;
    },
    tidy: async () => {
      told.push('tidied');
      stands.rebuild = { ...REBUILD, phase: 'switched', decidedAt: 0, tidiedAt: clock.now() };
      return false;
    },
  };
  const rebuilder = new ViewRebuilder({
    sets,
    feed: {
      readAfter: async (cursor, limit) => ({
        events: new Array<RecordedEvent>(Math.min(limit, stands.left)),
        cursor,
      }),
    },
    store: { cursor: async () => 'c' },
    keep: (name) => ({
      start: () => kept.add(name),
      wake: () => undefined,
      stop: async () => void kept.delete(name),
    }),
    clock,
    random: seededRandom('rebuilder'),
    onFault: ({ error }) => told.push(String(error)),
    onProgress: (words) => told.push(words),
    graceMs: 10_000,
  });
  return { clock, told, kept, stands, rebuilder };
};

test('V1: what is shown is kept up, what is built beside it too, and the old set is left with the change', async () => {
  const { kept, stands, rebuilder } = world();
  expect([await rebuilder.round(), ...kept]).toEqual([false, 'runs']);
  stands.rebuild = REBUILD;
  stands.left = 5000;
  await rebuilder.round();
  expect([...kept]).toEqual(['runs', 'runs.2']);
  stands.left = 0;
  expect(await rebuilder.round()).toBe(true);
  await rebuilder.round();
  expect([...kept]).toEqual(['runs.2']);
  await rebuilder.stop();
  expect([...kept]).toEqual([]);
});

test('V2: it is shown when it is level, and not while people would see less; each is told once', async () => {
  const { told, stands, rebuilder } = world();
  stands.rebuild = REBUILD;
  stands.left = 500;
  await rebuilder.round();
  await rebuilder.round();
  expect(told).toEqual(['runs.2 is built beside runs']);
  stands.left = 499;
  for (const shows of ['behind', 'set-aside', 'set-aside', 'shown'] as const) {
    stands.shows = shows;
    expect(await rebuilder.round()).toBe(shows === 'shown');
  }
  expect(told.filter((words) => !words.startsWith('asked'))).toEqual([
    'runs.2 is built beside runs',
    'runs.2 is not shown: streams of it are set aside that runs shows',
    'runs.2 is shown in place of runs',
  ]);
});

test('V3: old rows stay until everybody has heard of the change, and are deleted once', async () => {
  const { clock, told, stands, rebuilder } = world();
  stands.shown = 'runs.2';
  stands.rebuild = { ...REBUILD, phase: 'switched', decidedAt: clock.now() };
  await rebuilder.round();
  expect(told).toEqual([]);
  await clock.advance(10_000);
  for (let round = 0; round < 3; round++) await rebuilder.round();
  expect(told).toEqual(['tidied']);
});

test('V4: who starts in the middle goes on from what the store says', async () => {
  const { kept, stands, told, rebuilder } = world();
  stands.rebuild = { ...REBUILD, projector: 'runs.7', replaces: 'runs.6' };
  stands.shown = 'runs.6';
  await rebuilder.round();
  expect([...kept]).toEqual(['runs.6', 'runs.7']);
  expect(told.at(-1)).toBe('runs.7 is shown in place of runs.6');
});
