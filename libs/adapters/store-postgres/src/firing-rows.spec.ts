import { expect, test } from '@jest/globals';
import type { ScheduleEvent } from '@testmesh/domain';
import { writeFirings } from './firing-rows.ts';
import type { HeldSchedule } from './firings.ts';
import type { Queryable } from './rows.ts';

const schedule = { id: 's', workspace: 'w', suiteId: null } as HeldSchedule;

/** How many statements a decision takes to be written. */
const statementsFor = async (events: readonly ScheduleEvent[]): Promise<number> => {
  let statements = 0;
  const query = async () => {
    statements += 1;
    return { rows: [], rowCount: 0 };
  };
  await writeFirings({ query } as unknown as Queryable, schedule, events);
  return statements;
};

const slots = (many: number): readonly ScheduleEvent[] =>
  Array.from({ length: many }, (_, slot): ScheduleEvent[] => [
    { type: 'ScheduleFired', firing: `f${slot}`, slot, retry: 0, manual: false, notBefore: slot, waits: false },
    { type: 'ScheduleMissed', since: slot, slot, count: 1, reason: 'overlap', by: `f${slot}` },
    { type: 'ScheduleRunAsked', firing: `f${slot}` },
    { type: 'ScheduleRunReplaced', firing: `f${slot}`, by: 'g' },
    { type: 'ScheduleRunEnded', firing: `f${slot}`, verdict: 'cancelled', reason: null, settled: true },
  ]).flat();

test('a decision is written by one statement per kind of event, however many slots it is about', async () => {
  expect(await statementsFor(slots(100))).toBe(5);
  expect(await statementsFor(slots(1).slice(0, 1))).toBe(1);
  expect(await statementsFor([])).toBe(0);
});
