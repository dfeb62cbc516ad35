import { expect, test } from '@jest/globals';
import type { LeaseReply, RunQueue } from '@testmesh/ports';
import { fakeClock } from '@testmesh/testing';
import { LeaseKeeper } from './lease-keeper.ts';
import { LeaseLost } from './lease-lost.ts';

const LEASE_MS = 12_000;
const run = { runId: 'a', epoch: 3 };

const keeperOf = (answer: (call: number) => Promise<readonly LeaseReply[]>) => {
  const clock = fakeClock();
  const calls: { readonly at: number; readonly runs: readonly string[] }[] = [];
  const faults: unknown[] = [];
  const heartbeat: RunQueue['heartbeat'] = (_executor, runs) => {
    calls.push({ at: clock.monotonic(), runs: runs.map(({ runId }) => runId) });
    return answer(calls.length);
  };
  const keeper = new LeaseKeeper({
    queue: { heartbeat },
    clock,
    executor: 'e1',
    leaseMs: LEASE_MS,
    onFault: ({ error }) => void faults.push(error),
  });
  keeper.start();
  return { clock, calls, faults, keeper };
};

const held: LeaseReply = { ...run, lease: 'held' };

test('K1: one heartbeat for all runs, every third of the lease', async () => {
  const { clock, calls, keeper } = keeperOf(async () => [held, { runId: 'b', epoch: 1, lease: 'held' }]);
  const lease = keeper.hold(run, 0);
  keeper.hold({ runId: 'b', epoch: 1 }, 0);
  await clock.advance(LEASE_MS * 3);
  expect(calls.map(({ at }) => at / (LEASE_MS / 3))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(calls[0]?.runs).toEqual(['a', 'b']);
  expect(lease.lost.aborted).toBe(false);
  keeper.drop(lease);
  await clock.advance(LEASE_MS / 3);
  expect(calls.at(-1)?.runs).toEqual(['b']);
  await keeper.stop();
});

test('K2: without a confirmed extension the run is given up after two thirds of the lease', async () => {
  const { clock, keeper } = keeperOf(() => new Promise(() => undefined));
  const lease = keeper.hold(run, 0);
  await clock.advance((LEASE_MS * 2) / 3 - 1);
  expect(lease.lost.aborted).toBe(false);
  await clock.advance(1);
  expect(lease.lost.reason).toMatchObject({ name: 'LeaseLost', why: 'unconfirmed', epoch: 3 });
  await keeper.stop();
});

test('K2: an answer counts from when it was asked for, not from when it came', async () => {
  const { clock, keeper, calls } = keeperOf(async (call) => {
    if (call > 1) return new Promise(() => undefined);
    await clock.sleep(3_000);
    return [held];
  });
  const lease = keeper.hold(run, 0);
  await clock.advance(11_999);
  expect(lease.lost.aborted).toBe(false);
  await clock.advance(1);
  expect(lease.lost.aborted).toBe(true);
  expect(calls).toHaveLength(2);
  await keeper.stop();
});

test('K2: a queue that fails is told, and asked again in time', async () => {
  const { clock, keeper, faults } = keeperOf((call) =>
    call % 2 === 1 ? Promise.reject(new Error('connection reset')) : Promise.resolve([held]),
  );
  const lease = keeper.hold(run, 0);
  await clock.advance(LEASE_MS * 4);
  // Two thirds of a lease without a confirmation is exactly what a failure every second time leaves.
  expect(faults[0]).toMatchObject({ message: 'connection reset' });
  expect(lease.lost.aborted).toBe(true);
  await keeper.stop();
});

test('K3: a lease that is taken is lost at once and stays so', async () => {
  const { clock, keeper, calls } = keeperOf(async () => [{ ...run, lease: 'lost' }]);
  const lease = keeper.hold(run, 0);
  await clock.advance(LEASE_MS / 3);
  expect(lease.lost.reason).toBeInstanceOf(LeaseLost);
  expect(lease.lost.reason).toMatchObject({ why: 'taken' });
  await clock.advance(LEASE_MS);
  expect(calls).toHaveLength(1);
  await keeper.stop();
});

test('the answer for an older epoch says nothing about a run that was claimed again', async () => {
  const { clock, keeper } = keeperOf(async () => [{ runId: 'a', epoch: 2, lease: 'lost' }, held]);
  const lease = keeper.hold(run, 0);
  await clock.advance(LEASE_MS / 3);
  expect(lease.lost.aborted).toBe(false);
  await keeper.stop();
});

test('a request to cancel comes with the heartbeat, in words', async () => {
  const { clock, keeper } = keeperOf(async () => [{ ...held, cancelledBy: 'ann' }]);
  const lease = keeper.hold(run, 0);
  await clock.advance(LEASE_MS / 3);
  expect(lease.cancelled.reason).toBe('asked by ann');
  expect(lease.lost.aborted).toBe(false);
  await keeper.stop();
});
