import { expect, test } from '@jest/globals';
import type { EndedRun, OutcomeStore } from '@testmesh/ports';
import { OutcomeLoop } from './outcome-loop.ts';
import { seededRandom } from './seeded-random.ts';
import { systemClock } from './system-clock.ts';

const ended = (runId: string): EndedRun => ({
  runId,
  workspace: 'w',
  flow: { name: 'f' },
  verdict: 'failed',
  endedAt: 0,
});

/** A loop over a store whose every round sets something aside, and what it did. */
const loopOver = (known: readonly EndedRun[], setAside: readonly string[]) => {
  const done: unknown[] = [];
  const faults: string[] = [];
  const outcomes: OutcomeStore = {
    cursor: async () => '0',
    take: async (_from, _to, runs) => runs.map(({ runId }) => ({ name: `run-${runId}`, error: 'unreadable' })),
    settle: async () => ({ isMore: false, setAside: [{ name: 'suite-run-s', error: 'unreadable, too' }] }),
    setAside: async () => setAside.map((name) => ({ name, error: 'unreadable' })),
    retake: async (name, run) => {
      done.push([name, run?.runId]);
      return true;
    },
  };
  const endedRuns = {
    after: async () => ({ ended: known, cursor: '1' }),
    of: async (runId: string) => known.find((run) => run.runId === runId),
    lagMs: async () => 0,
  };
  const onFault = ({ error }: { readonly error: unknown }) => void faults.push(String(error));
  const loop = new OutcomeLoop({ endedRuns, outcomes, clock: systemClock, random: seededRandom('x'), onFault });
  return { loop, done, faults };
};

test('O2: what is set aside is told by its name', async () => {
  const { loop, faults } = loopOver([ended('a')], []);
  expect(await loop.round()).toBe(true);
  expect(faults).toEqual([
    'Error: the end of run-a could not be taken in and is set aside, the others go on: unreadable',
    'Error: the end of suite-run-s could not be taken in and is set aside, the others go on: unreadable, too',
  ]);
});

test('O2: what was set aside is tried again, a run with its end; one that is gone is told of', async () => {
  const { loop, done, faults } = loopOver([ended('a')], ['run-a', 'suite-run-s', 'run-gone']);
  expect(await loop.retake()).toBe(false);
  expect(done).toEqual([
    ['run-a', 'a'],
    ['suite-run-s', undefined],
    ['run-gone', undefined],
  ]);
  expect(faults).toEqual(['Error: run-gone was set aside and has left the database: it is forgotten']);
});
