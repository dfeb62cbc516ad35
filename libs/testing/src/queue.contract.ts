import { beforeEach, describe, expect, test } from '@jest/globals';
import type { ClaimedRun, ClaimRequest, QueuedRun } from '@testmesh/ports';
import {
  foldedState,
  historyOf,
  type QueueWorld,
  queuedRun,
  runCompleted,
  runEvent,
  runIdOf,
  streamOf,
} from './queue-world.ts';

/** What every queue must keep. */
export const queueContract = (name: string, create: () => QueueWorld | Promise<QueueWorld>): void =>
  describe(`${name} keeps the queue contract`, () => {
    let world: QueueWorld;
    beforeEach(async () => {
      world = await create();
    });

    const request = (...runs: QueuedRun[]) => world.queue.request(runs);
    const claim = (slots: number, over: Partial<ClaimRequest> = {}): Promise<readonly ClaimedRun[]> =>
      world.queue.claim({ executor: 'one', pools: ['default'], slots, leaseMs: 60_000, ...over });
    const claimOne = async (over: Partial<ClaimRequest> = {}): Promise<ClaimedRun> => {
      const [run] = await claim(1, over);
      if (run === undefined) throw new Error('nothing was there to claim');
      return run;
    };
    const types = async (runId: string) => (await historyOf(world.journal, runId)).map(({ type }) => type);
    const state = (number: number) => foldedState(world.journal, runIdOf(number));
    const loseExecutor = async (maxAttempts = 3) => {
      await world.endLeases();
      return world.queue.reap({ maxAttempts, limit: 100 });
    };

    describe('a request', () => {
      test('queues the run with its first event', async () => {
        expect(await request(queuedRun(1))).toEqual([true]);
        expect(await types(runIdOf(1))).toEqual(['RunRequested']);
        expect(await world.rows()).toEqual([{ runId: runIdOf(1), state: { status: 'queued', epoch: 0, attempts: 0 } }]);
      });

      test('leaves a run that is known as it is', async () => {
        await request(queuedRun(1));
        expect(await request(queuedRun(2), queuedRun(1), queuedRun(3))).toEqual([true, false, true]);
        expect(await types(runIdOf(1))).toHaveLength(1);
      });

      test('leaves a run that has ended as it is', async () => {
        await request(queuedRun(1));
        await world.queue.cancel(runIdOf(1), 'ada');
        expect(await request(queuedRun(1))).toEqual([false]);
        expect(await claim(1)).toEqual([]);
      });

      test('of nothing queues nothing', async () => {
        expect(await request()).toEqual([]);
      });
    });

    describe('a claim', () => {
      test('Q1: raises the epoch, counts, and says where the stream stands', async () => {
        await request(queuedRun(1));
        const run = await claimOne();
        expect(run).toEqual({ runId: runIdOf(1), workspace: 'acme', epoch: 1, attempt: 1, ver: 2 });
        const events = await historyOf(world.journal, run.runId);
        expect(events[1]).toMatchObject({
          type: 'RunClaimed',
          ver: 2,
          epoch: 1,
          workspace: 'acme',
          data: { executor: 'one', attempt: 1 },
        });
        expect(await claim(5)).toEqual([]);
      });

      test('takes the highest priority first, then the oldest', async () => {
        await request(queuedRun(1), queuedRun(2, { priority: 5 }), queuedRun(3), queuedRun(4, { priority: 5 }));
        const order = (await claim(4)).map(({ runId }) => runId);
        expect(order).toEqual([2, 4, 1, 3].map(runIdOf));
      });

      test('takes at most as many as it has slots for', async () => {
        await request(queuedRun(1), queuedRun(2), queuedRun(3));
        expect(await claim(2)).toHaveLength(2);
        expect(await claim(0)).toEqual([]);
      });

      test('takes only from its pools', async () => {
        await request(queuedRun(1, { pool: 'gpu' }), queuedRun(2), queuedRun(3, { pool: 'eu', priority: 9 }));
        expect((await claim(5)).map(({ runId }) => runId)).toEqual([runIdOf(2)]);
        expect((await claim(5, { pools: ['gpu', 'eu'] })).map(({ runId }) => runId)).toEqual([3, 1].map(runIdOf));
        expect(await claim(5, { pools: [] })).toEqual([]);
      });

      test('waits for a run whose time has not come', async () => {
        const now = await world.now();
        await request(queuedRun(1, { notBefore: now + 3_600_000_000 }), queuedRun(2, { notBefore: now - 1_000_000 }));
        expect((await claim(5)).map(({ runId }) => runId)).toEqual([runIdOf(2)]);
      });

      test('serves workspaces in turn, however many runs one of them has queued', async () => {
        const many = Array.from({ length: 40 }, (_, at) => queuedRun(at, { workspace: 'big', priority: 9 }));
        await request(...many, queuedRun(100, { workspace: 'small' }), queuedRun(101, { workspace: 'small' }));
        const served = (await claim(4)).map(({ workspace }) => workspace).toSorted();
        expect(served).toEqual(['big', 'big', 'small', 'small']);
      });

      test('serves the workspace that waited longest when as many of each are running', async () => {
        await request(...Array.from({ length: 10 }, (_, at) => queuedRun(at, { workspace: 'big' })));
        await request(queuedRun(100, { workspace: 'small' }));
        const served: string[] = [];
        for (let turn = 0; turn < 3; turn++) {
          const run = await claimOne();
          served.push(run.workspace);
          await world.journal.append(streamOf(run.runId), run.ver, run.epoch, [runCompleted(run.runId, run.epoch)]);
        }
        expect(served).toContain('small');
      });

      test('keeps the limit of a workspace', async () => {
        await world.limit('acme', 2);
        await request(...[1, 2, 3].map((number) => queuedRun(number)), queuedRun(9, { workspace: 'other' }));
        expect((await claim(10)).map(({ workspace }) => workspace).toSorted()).toEqual(['acme', 'acme', 'other']);
        expect(await claim(10)).toEqual([]);
        await world.queue.release({ runId: runIdOf(1), epoch: 1 }, 'drain');
        expect(await claim(10)).toHaveLength(1);
      });

      test('gives a name to one run of the workspace at a time', async () => {
        const db = { exclusive: ['db'] };
        await request(
          queuedRun(1, db),
          queuedRun(2, { exclusive: ['db', 'bus'] }),
          queuedRun(3, { exclusive: ['bus'] }),
        );
        await request(queuedRun(4, { ...db, workspace: 'other' }));
        expect((await claim(10)).map(({ runId }) => runId).toSorted()).toEqual([1, 3, 4].map(runIdOf));
        await world.journal.append(streamOf(runIdOf(1)), 2, 1, [runCompleted(runIdOf(1), 1)]);
        expect(await claim(10)).toEqual([]);
        await world.journal.append(streamOf(runIdOf(3)), 2, 1, [runCompleted(runIdOf(3), 1)]);
        expect((await claim(10)).map(({ runId }) => runId)).toEqual([runIdOf(2)]);
      });

      test('never gives one run to two callers', async () => {
        await request(...Array.from({ length: 30 }, (_, at) => queuedRun(at)));
        const claims = await Promise.all(['a', 'b', 'c', 'd'].map((executor) => claim(20, { executor })));
        const ids = claims.flat().map(({ runId }) => runId);
        expect(new Set(ids).size).toBe(ids.length);
      });
    });

    describe('a lease', () => {
      test('is held as long as it is not taken', async () => {
        await request(queuedRun(1));
        const { runId, epoch } = await claimOne();
        expect(await world.queue.heartbeat('one', [{ runId, epoch }], 60_000)).toEqual([
          { runId, epoch, lease: 'held' },
        ]);
      });

      test('that was extended does not end with the old one', async () => {
        await request(queuedRun(1));
        const { runId, epoch } = await claimOne();
        await world.endLeases();
        await world.queue.heartbeat('one', [{ runId, epoch }], 60_000);
        expect(await world.queue.reap({ maxAttempts: 3, limit: 10 })).toEqual([]);
      });

      test('is lost to whoever has another epoch or another name', async () => {
        await request(queuedRun(1), queuedRun(2));
        const { runId, epoch } = await claimOne();
        const unclaimed = { runId: runIdOf(2), epoch: 1 };
        expect(await world.queue.heartbeat('one', [{ runId, epoch: 7 }, unclaimed], 60_000)).toEqual([
          { runId, epoch: 7, lease: 'lost' },
          { ...unclaimed, lease: 'lost' },
        ]);
        expect(await world.queue.heartbeat('two', [{ runId, epoch }], 60_000)).toEqual([
          { runId, epoch, lease: 'lost' },
        ]);
        expect(await world.queue.heartbeat('one', [], 60_000)).toEqual([]);
      });

      test('that ended puts the run back, and the former owner is fenced before anybody else has it', async () => {
        await request(queuedRun(1));
        const { runId, epoch, ver } = await claimOne();
        expect(await loseExecutor()).toEqual([{ runId, outcome: 'requeued' }]);
        expect((await types(runId)).at(-1)).toBe('RunLeaseExpired');
        const late = await world.journal.append(streamOf(runId), ver + 1, epoch, [runEvent(runId, { epoch })]);
        expect(late).toEqual({ outcome: 'fenced', epoch: 2 });
        expect(await claimOne({ executor: 'two' })).toMatchObject({ runId, epoch: 2, attempt: 2, ver: ver + 2 });
        expect(await world.queue.heartbeat('one', [{ runId, epoch }], 60_000)).toMatchObject([{ lease: 'lost' }]);
      });

      test('that has not ended is left alone', async () => {
        await request(queuedRun(1));
        await claimOne();
        expect(await world.queue.reap({ maxAttempts: 3, limit: 10 })).toEqual([]);
      });

      test('is reaped at most as often as asked at once', async () => {
        await request(queuedRun(1), queuedRun(2), queuedRun(3));
        await claim(3);
        await world.endLeases();
        expect(await world.queue.reap({ maxAttempts: 3, limit: 2 })).toHaveLength(2);
        expect(await world.queue.reap({ maxAttempts: 3, limit: 2 })).toHaveLength(1);
      });
    });

    describe('a run that kills its executors', () => {
      const poison = async (): Promise<void> => {
        await request(queuedRun(1));
        await claimOne();
        await loseExecutor(2);
        await claimOne();
        expect(await loseExecutor(2)).toEqual([{ runId: runIdOf(1), outcome: 'parked' }]);
      };

      test('is parked, and nobody gets it', async () => {
        await poison();
        expect(await state(1)).toMatchObject({ status: 'parked', attempts: 2 });
        expect(await claim(1)).toEqual([]);
      });

      test('goes on when it is released, with its attempts forgotten', async () => {
        await poison();
        expect(await world.queue.unpark(runIdOf(1), 'ada')).toBe(true);
        expect(await world.queue.unpark(runIdOf(1), 'ada')).toBe(false);
        expect(await claimOne()).toMatchObject({ runId: runIdOf(1), epoch: 3, attempt: 1 });
      });

      test('ends when it is cancelled', async () => {
        await poison();
        expect(await world.queue.cancel(runIdOf(1), 'ada')).toBe('cancelled');
        expect(await state(1)).toEqual({ status: 'finished', verdict: 'cancelled' });
        expect(await world.rows()).toEqual([]);
      });
    });

    describe('a release', () => {
      test('puts the run back at once, and does not count as a lost executor', async () => {
        await request(queuedRun(1));
        const { runId, epoch } = await claimOne();
        expect(await world.queue.release({ runId, epoch }, 'drain')).toBe(true);
        expect(await world.queue.release({ runId, epoch }, 'drain')).toBe(false);
        expect(await claimOne({ executor: 'two' })).toMatchObject({ runId, epoch: 2, attempt: 1 });
      });

      test('by somebody who does not hold the run changes nothing', async () => {
        await request(queuedRun(1));
        const { runId } = await claimOne();
        expect(await world.queue.release({ runId, epoch: 7 }, 'drain')).toBe(false);
        expect(await world.queue.release({ runId: runIdOf(99), epoch: 1 }, 'drain')).toBe(false);
        expect(await types(runId)).toHaveLength(2);
      });
    });

    describe('a cancellation', () => {
      test('ends a run that waits', async () => {
        await request(queuedRun(1));
        expect(await world.queue.cancel(runIdOf(1), 'ada')).toBe('cancelled');
        expect(await types(runIdOf(1))).toEqual(['RunRequested', 'RunCancelRequested', 'RunCompleted']);
        expect(await world.queue.cancel(runIdOf(1), 'ada')).toBe('finished');
        expect(await world.rows()).toEqual([]);
      });

      test('is told to the owner of a run that goes, and asked once', async () => {
        await request(queuedRun(1));
        const { runId, epoch, ver } = await claimOne();
        expect(await world.queue.cancel(runId, 'ada')).toBe('requested');
        expect(await world.queue.cancel(runId, 'bob')).toBe('requested');
        expect(await world.queue.heartbeat('one', [{ runId, epoch }], 60_000)).toEqual([
          { runId, epoch, lease: 'held', cancelledBy: 'ada' },
        ]);
        const blind = await world.journal.append(streamOf(runId), ver, epoch, [runEvent(runId, { epoch })]);
        expect(blind).toEqual({ outcome: 'conflict', ver: ver + 1 });
        const end = await world.journal.append(streamOf(runId), ver + 1, epoch, [runCompleted(runId, epoch)]);
        expect(end).toEqual({ outcome: 'applied', ver: ver + 2 });
      });

      test('of a run that is not there changes nothing', async () => {
        expect(await world.queue.cancel(runIdOf(99), 'ada')).toBe('absent');
      });
    });

    test('Q3: a run leaves the queue with its last event', async () => {
      await request(queuedRun(1));
      const { runId, epoch, ver } = await claimOne();
      await world.journal.append(streamOf(runId), ver, epoch, [runCompleted(runId, epoch)]);
      expect(await world.rows()).toEqual([]);
      expect(await loseExecutor()).toEqual([]);
      expect(await world.queue.heartbeat('one', [{ runId, epoch }], 60_000)).toMatchObject([{ lease: 'lost' }]);
      expect(await world.queue.release({ runId, epoch }, 'late')).toBe(false);
      expect(await world.queue.unpark(runId, 'ada')).toBe(false);
    });
  });
