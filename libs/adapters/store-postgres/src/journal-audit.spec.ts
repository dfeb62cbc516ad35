import { expect, test } from '@jest/globals';
import type { AppendResult, JournalBatch } from '@testmesh/ports';
import type pg from 'pg';
import { journalAudit } from './journal-audit.ts';

const clock = { now: () => 1_900_000_000_000 };
const event = { workspace: 'w', actor: 'key:1', type: 'FlowCreated' as const, data: { name: 'a' } };
const client = {} as pg.ClientBase;

/** A journal that gives these answers in turn, and what it was asked. */
const journal = (...answers: readonly AppendResult[]) => {
  const asked: JournalBatch[] = [];
  const append = async (_client: pg.ClientBase, batches: readonly JournalBatch[]) => {
    const answer = answers[asked.length];
    asked.push(...batches);
    return answer === undefined ? [] : [answer];
  };
  return { asked, tell: () => journalAudit(append, clock)(client, event) };
};

test('the first change of a workspace begins its stream', async () => {
  const { asked, tell } = journal({ outcome: 'applied', ver: 1 });
  await tell();
  expect(asked).toMatchObject([{ stream: 'config-w', expectedVer: 0, epoch: 0 }]);
  expect(asked[0]?.events).toMatchObject([{ ...event, stream: 'config-w', time: 1_900_000_000_000_000 }]);
});

test('a later one goes on from the version it is told, as the same event', async () => {
  const { asked, tell } = journal({ outcome: 'conflict', ver: 7 }, { outcome: 'applied', ver: 8 });
  await tell();
  expect(asked.map(({ expectedVer }) => expectedVer)).toEqual([0, 7]);
  expect(asked[1]?.events).toEqual(asked[0]?.events);
});

test.each([
  [[{ outcome: 'fenced', epoch: 3 }], 'fenced'],
  [
    [
      { outcome: 'conflict', ver: 7 },
      { outcome: 'conflict', ver: 8 },
    ],
    'conflict',
  ],
  [[], 'no answer'],
] as const)('what the journal does not take is an error: %j', async (answers, why) => {
  await expect(journal(...answers).tell()).rejects.toThrow(`did not take FlowCreated into config-w: ${why}`);
});
