import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { commandRuns, perform, queueCommand } from './queue-commands.ts';
import { foldedState, type QueueWorld } from './queue-world.ts';

/** Whatever happens to a queue, its rows say what the decider makes of the journal. */
export const queueHistoryContract = (
  name: string,
  create: () => QueueWorld | Promise<QueueWorld>,
  numRuns: number,
): void =>
  describe(`${name} tells what its journal tells`, () => {
    test('after any sequence of commands each row is the fold of its history; runs without a row never were or have ended', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(queueCommand, { minLength: 5, maxLength: 30 }), async (commands) => {
          const world = await create();
          for (const command of commands) {
            await perform(world, command);
            await rowsAreFolds(world);
          }
        }),
        { numRuns },
      );
    }, 60_000);
  });

const rowsAreFolds = async (world: QueueWorld): Promise<void> => {
  const rows = new Map((await world.rows()).map(({ runId, state }) => [runId, state]));
  for (const runId of commandRuns) {
    const folded = await foldedState(world.journal, runId);
    const waits = folded.status !== 'absent' && folded.status !== 'finished';
    expect(rows.get(runId)).toEqual(waits ? folded : undefined);
  }
};
