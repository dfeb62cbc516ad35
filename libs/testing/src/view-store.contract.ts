import { beforeEach, describe, expect, test } from '@jest/globals';
import { FEED_START, type ViewChange, type ViewStore } from '@testmesh/ports';

/** The view of a run as a projector gives it; equal numbers give equal runs. */
export const viewChange = (number: number, over: Partial<ViewChange> = {}): ViewChange => {
  const runId = `019aa000-0000-7000-8000-${String(number).padStart(12, '0')}`;
  return {
    stream: `run-${runId}`,
    ver: 1,
    columns: {
      workspace: 'local',
      run_id: runId,
      flow_name: `flow ${number}`,
      file: 'flows/a.yaml',
      status: 'queued',
      requested_at: 1_900_000_000_000_000 + number,
    },
    ...over,
  };
};

/** What every place for views must keep. */
export const viewStoreContract = (name: string, create: () => ViewStore | Promise<ViewStore>): void =>
  describe(`${name} keeps the contract of a view store`, () => {
    let views: ViewStore;
    beforeEach(async () => {
      views = await create();
    });
    const [first, second] = [viewChange(1), viewChange(2)];
    const versions = async (projector: string, ...changes: readonly ViewChange[]) =>
      Object.fromEntries(
        await views.versions(
          projector,
          changes.map(({ stream }) => stream),
        ),
      );

    test('a new projector stands at the beginning and has nothing', async () => {
      expect(await views.cursor('runs.v1')).toBe(FEED_START);
      expect(await versions('runs.v1', first)).toEqual({});
      expect([...(await views.parked('runs.v1'))]).toEqual([]);
    });

    test('rows and cursor move on together', async () => {
      expect(await views.commit('runs.v1', FEED_START, 'c1', [first, second])).toBe(true);
      expect(await views.cursor('runs.v1')).toBe('c1');
      expect(await versions('runs.v1', first, second, viewChange(3))).toEqual({
        [first.stream]: 1,
        [second.stream]: 1,
      });
      expect(await views.commit('runs.v1', 'c1', 'c2', [{ ...first, ver: 5, bytes: Buffer.from('{}') }])).toBe(true);
      expect(await versions('runs.v1', first, second)).toEqual({ [first.stream]: 5, [second.stream]: 1 });
    });

    test('the cursor moves on without rows', async () => {
      expect(await views.commit('runs.v1', FEED_START, 'c1', [])).toBe(true);
      expect(await views.cursor('runs.v1')).toBe('c1');
    });

    test.each([FEED_START, 'c0'])(
      'a projector that believes it stands at "%s" is told that it does not',
      async (stale) => {
        await views.commit('runs.v1', FEED_START, 'c1', [first]);
        expect(await views.commit('runs.v1', stale, 'c9', [{ ...first, ver: 9 }, second])).toBe(false);
        expect(await views.cursor('runs.v1')).toBe('c1');
        expect(await versions('runs.v1', first, second)).toEqual({ [first.stream]: 1 });
      },
    );

    test.each([FEED_START, 'c1'])('of many at "%s" one goes on', async (from) => {
      if (from !== FEED_START) await views.commit('runs.v1', FEED_START, from, []);
      const rivals = Array.from({ length: 10 }, (_, at) =>
        views.commit('runs.v1', from, `n${at}`, [{ ...first, ver: at + 1 }]),
      );
      const won = (await Promise.all(rivals)).map((moved, at) => (moved ? at : -1)).filter((at) => at >= 0);
      expect(won).toHaveLength(1);
      expect(await views.cursor('runs.v1')).toBe(`n${won[0]}`);
      expect(await versions('runs.v1', first)).toEqual({ [first.stream]: (won[0] ?? 0) + 1 });
    });

    test('projectors of different names do not touch each other', async () => {
      await views.commit('runs.v1', FEED_START, 'c7', [{ ...first, ver: 7 }]);
      expect(await views.commit('runs.v2', FEED_START, 'c2', [{ ...first, ver: 2 }])).toBe(true);
      await views.park('runs.v2', second.stream, 1, 'broken');
      expect([await views.cursor('runs.v1'), await versions('runs.v1', first)]).toEqual(['c7', { [first.stream]: 7 }]);
      expect([await views.cursor('runs.v2'), await versions('runs.v2', first)]).toEqual(['c2', { [first.stream]: 2 }]);
      expect([...(await views.parked('runs.v1')).keys()]).toEqual([]);
    });

    test('a parked stream keeps its first error', async () => {
      await views.park('runs.v1', first.stream, 3, 'the first error');
      await views.park('runs.v1', first.stream, 4, 'another one');
      expect([...(await views.parked('runs.v1'))]).toEqual([[first.stream, { ver: 3, error: 'the first error' }]]);
    });
  });
