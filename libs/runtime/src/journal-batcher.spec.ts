import { expect, test } from '@jest/globals';
import type { AppendResult, JournalBatch } from '@testmesh/ports';
import { fakeClock } from '@testmesh/testing';
import { JournalBatcher } from './journal-batcher.ts';

const batcherOf = (answer: (call: number) => Promise<void>, most = 200) => {
  const clock = fakeClock({ auto: true });
  const calls: string[][] = [];
  const appendMany = async (batches: readonly JournalBatch[]): Promise<readonly AppendResult[]> => {
    calls.push(batches.map(({ stream }) => stream));
    await answer(calls.length);
    return batches.map(({ stream }) =>
      stream === 'run-fenced' ? { outcome: 'fenced', epoch: 9 } : { outcome: 'applied', ver: 1 },
    );
  };
  const read = async function* () {};
  return { clock, calls, batcher: new JournalBatcher({ journal: { appendMany, read }, clock, most }) };
};

test('J1: appends given at the same time travel together, each with its own answer', async () => {
  const { batcher, calls } = batcherOf(async () => undefined);
  const results = await Promise.all(['run-a', 'run-fenced', 'run-b'].map((stream) => batcher.append(stream, 0, 1, [])));
  expect(results.map(({ outcome }) => outcome)).toEqual(['applied', 'fenced', 'applied']);
  expect(calls).toEqual([['run-a', 'run-fenced', 'run-b']]);
});

test('J2: while one append is on its way the next ones gather', async () => {
  const { batcher, calls, clock } = batcherOf(() => clock.sleep(50), 3);
  const first = batcher.append('run-0', 0, 1, []);
  await clock.sleep(10);
  const rest = [1, 2, 3, 4].map((at) => batcher.append(`run-${at}`, 0, 1, []));
  await Promise.all([first, ...rest]);
  expect(calls).toEqual([['run-0'], ['run-1', 'run-2', 'run-3'], ['run-4']]);
});

test('J3: an append of unknown outcome is unknown to all who took part, and the next one goes out', async () => {
  const { batcher } = batcherOf((call) =>
    call === 1 ? Promise.reject(new Error('connection reset')) : Promise.resolve(),
  );
  const both = await Promise.allSettled([batcher.append('run-a', 0, 1, []), batcher.append('run-b', 0, 1, [])]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await batcher.append('run-a', 0, 1, [])).toEqual({ outcome: 'applied', ver: 1 });
});
