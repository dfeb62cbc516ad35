import { expect, test } from '@jest/globals';
import type { Retention } from '@testmesh/ports';
import { daysToArchive, RetentionLoop } from './retention-loop.ts';
import { seededRandom } from './seeded-random.ts';
import { systemClock } from './system-clock.ts';

const now = Date.parse('2026-03-10T09:00:00Z');
const days = [
  { day: '2026-03-01', workspaces: ['short', 'long'] },
  { day: '2026-03-05', workspaces: ['short'] },
  { day: '2026-03-06', workspaces: ['short', 'ever'] },
  { day: '2026-03-07', workspaces: ['short'] },
  { day: '2026-03-08', workspaces: [] },
];

test('K1: a day is over when it is over for every workspace with runs on it', () => {
  const runsDays = new Map([
    ['short', 3],
    ['long', 8],
  ]);
  expect(daysToArchive(days, runsDays, now)).toEqual(['2026-03-01', '2026-03-05']);
  expect(daysToArchive(days, new Map([['short', 3]]), now)).toEqual(['2026-03-05']);
  expect(daysToArchive(days, new Map(), now)).toEqual([]);
});

const retention = (over: Partial<Retention>): Retention => ({
  alone: async (work) => {
    await work();
    return true;
  },
  days: async () => days,
  runsDays: async () => new Map([['short', 3]]),
  archive: async () => 'archived',
  retire: async () => false,
  sweepBlobs: async () => false,
  sweepSecrets: async () => 0,
  hasArchive: true,
  ...over,
});

const round = async (over: Partial<Retention>) => {
  const faults: string[] = [];
  const archived: string[] = [];
  const loop = new RetentionLoop({
    retention: retention(over),
    clock: { ...systemClock, now: () => now },
    random: seededRandom('x'),
    onFault: ({ loop: part, error }) => faults.push(`${part}: ${(error as Error).message}`),
    onArchived: (day) => archived.push(day),
  });
  await loop.round();
  return { faults, archived };
};

test('K3: what fails is told and does not hold up the rest', async () => {
  const retire = async () => {
    throw new Error('no');
  };
  expect(await round({ retire })).toEqual({ faults: ['retention: views: no'], archived: ['2026-03-05'] });
});

test('K3: while another copy is at it nothing is done', async () => {
  expect(await round({ alone: async () => false })).toEqual({ faults: [], archived: [] });
});

test('K1: without an archive every day stays', async () => {
  expect(await round({ hasArchive: false })).toEqual({ faults: [], archived: [] });
});

test('a day on which a run still goes on was not archived', async () => {
  expect(await round({ archive: async () => 'open' })).toEqual({ faults: [], archived: [] });
});
