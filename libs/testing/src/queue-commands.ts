import type { HeldRun, RunQueue } from '@testmesh/ports';
import fc from 'fast-check';
import { historyOf, type QueueWorld, queuedRun, runCompleted, runEvent, runIdOf, streamOf } from './queue-world.ts';

/** One thing that executors, the reaper or people may do, at any time and in any order. */
export type QueueCommand =
  | { readonly kind: 'request'; readonly numbers: readonly number[] }
  | { readonly kind: 'claim'; readonly executor: string; readonly slots: number }
  | { readonly kind: 'heartbeat' | 'release' | 'finish' | 'write'; readonly number: number; readonly epoch: number }
  | { readonly kind: 'reap'; readonly maxAttempts: number }
  | { readonly kind: 'cancel' | 'unpark'; readonly number: number };

const RUNS = 4;
const number = fc.integer({ min: 1, max: RUNS });
const epoch = fc.integer({ min: 0, max: 4 });

export const queueCommand: fc.Arbitrary<QueueCommand> = fc.oneof(
  fc.record({ kind: fc.constant('request' as const), numbers: fc.uniqueArray(number, { minLength: 1 }) }),
  fc.record({
    kind: fc.constant('claim' as const),
    executor: fc.constantFrom('one', 'two "quoted" \u0001 ✓'),
    slots: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({
    kind: fc.constantFrom('heartbeat' as const, 'release' as const, 'finish' as const, 'write' as const),
    number,
    epoch,
  }),
  fc.record({ kind: fc.constant('reap' as const), maxAttempts: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: fc.constantFrom('cancel' as const, 'unpark' as const), number }),
);

/** Every run the commands may name. */
export const commandRuns: readonly string[] = Array.from({ length: RUNS }, (_, at) => runIdOf(at + 1));

// Two workspaces, one of them with runs that exclude each other.
const run = (at: number) =>
  at % 2 === 0 ? queuedRun(at, { workspace: 'even', exclusive: ['db'] }) : queuedRun(at, { priority: at });

/** Carries out a command; the answer is what the caller of the queue or the journal was told. */
export const perform = async (world: QueueWorld, command: QueueCommand): Promise<unknown> => {
  const { queue } = world;
  switch (command.kind) {
    case 'request':
      return queue.request(command.numbers.map(run));
    case 'claim':
      return queue.claim({ ...command, pools: ['default'], leaseMs: 60_000 });
    case 'reap':
      await world.endLeases();
      return reaped(queue, command.maxAttempts);
    case 'cancel':
      return queue.cancel(runIdOf(command.number), 'ada');
    case 'unpark':
      return queue.unpark(runIdOf(command.number), 'ada');
    default:
      return asOwner(world, command.kind, { runId: runIdOf(command.number), epoch: command.epoch });
  }
};

// Leases that end at one time are taken in no particular order.
const reaped = async (queue: RunQueue, maxAttempts: number) =>
  [...(await queue.reap({ maxAttempts, limit: 10 }))].sort((a, b) => (a.runId < b.runId ? -1 : 1));

type OwnersCommand = 'heartbeat' | 'release' | 'finish' | 'write';

/** What somebody does who believes to hold the run, rightly or not. */
const asOwner = async ({ queue, journal }: QueueWorld, kind: OwnersCommand, held: HeldRun): Promise<unknown> => {
  if (kind === 'heartbeat') return queue.heartbeat('one', [held], 60_000);
  if (kind === 'release') return queue.release(held, 'drain');
  const ver = (await historyOf(journal, held.runId)).length;
  // Nobody can have an epoch that no claim gave out, and nobody writes to a run that was never requested.
  const last = (await historyOf(journal, held.runId)).at(-1);
  if (last === undefined || held.epoch < 1 || held.epoch > last.epoch) return 'nothing to do';
  if (kind === 'finish')
    return journal.append(streamOf(held.runId), ver, held.epoch, [runCompleted(held.runId, held.epoch)]);
  const event = runEvent(held.runId, { id: `${held.runId}/${held.epoch}/${ver}`, epoch: held.epoch });
  return journal.append(streamOf(held.runId), ver, held.epoch, [event]);
};
