import { expect, test } from '@jest/globals';
import type { RecordedEvent } from '@testmesh/domain';
import type { BatchReads, HistoryPage } from './batch-reads.ts';
import { HistoryAllowance } from './history-allowance.ts';
import { historyLoader } from './history-loader.ts';

const page: HistoryPage = { after: 0, limit: 10 };
const never = () => new AbortController().signal;

/** Runs of so many events each, and which were read at once. */
const readsOf = (events: number, asked: (readonly string[])[]): BatchReads =>
  ({
    sizes: async (_workspace: string, ids: readonly string[]) => ({
      known: new Map(ids.map((id) => [id, { events, bytes: 1 }])),
      archived: [],
    }),
    histories: async (_workspace: string, ids: readonly string[]) => {
      asked.push(ids);
      return new Map(ids.map((id) => [id, [] as readonly RecordedEvent[]]));
    },
  }) as Partial<BatchReads> as BatchReads;

test('L1: nothing is read once there is more of it than one request is told', async () => {
  const asked: (readonly string[])[] = [];
  const loader = historyLoader(readsOf(8000, asked), {
    workspace: 'w',
    page,
    allowance: new HistoryAllowance(never()),
  });
  const answers = await Promise.allSettled(Array.from({ length: 6 }, (_, at) => loader.load(`r${at}`)));
  expect(answers.map(({ status }) => status)).toEqual(Array(6).fill('rejected'));
  expect(asked).toEqual([]);
  expect(answers[0]).toMatchObject({ reason: { code: 'too-large' } });
});

test('L1: a body counts by its bytes', async () => {
  const allowance = new HistoryAllowance(never());
  await allowance.tell({ events: 1, bytes: 30_000_000 });
  await expect(allowance.tell({ events: 1, bytes: 4_000_000 })).rejects.toThrow('32 MiB');
});

test('L2: long histories are read a few at once, short ones by one statement', async () => {
  for (const [events, portions] of [
    [1500, [2, 2, 1]],
    [6000, [1, 1, 1, 1, 1]],
    [5, [5]],
  ] as const) {
    const asked: (readonly string[])[] = [];
    const loader = historyLoader(readsOf(events, asked), {
      workspace: 'w',
      page,
      allowance: new HistoryAllowance(never()),
    });
    await Promise.all(Array.from({ length: 5 }, (_, at) => loader.load(`r${at}`)));
    expect(asked.map(({ length }) => length)).toEqual(portions);
  }
});

test('L2: others have their turn between one history and the next', async () => {
  const allowance = new HistoryAllowance(never());
  let others = 0;
  const everyOther = setInterval(() => {
    others += 1;
  });
  const seen: number[] = [];
  await Promise.all(
    Array.from({ length: 3 }, async () => {
      await allowance.tell({ events: 1, bytes: 1 });
      seen.push(others);
      const end = performance.now() + 20;
      while (performance.now() < end);
    }),
  );
  clearInterval(everyOther);
  expect(new Set(seen).size).toBe(3);
});

test('L2: a caller that left is not worked for', async () => {
  const leaving = new AbortController();
  const allowance = new HistoryAllowance(leaving.signal);
  const told = Promise.allSettled([1, 2].map(() => allowance.tell({ events: 1, bytes: 1 })));
  leaving.abort(new Error('left'));
  expect((await told).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});
