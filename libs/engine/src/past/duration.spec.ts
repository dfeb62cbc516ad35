import { expect, test } from '@jest/globals';
import type { RunEvent } from '@testmesh/domain';
import { fakeAction, fakeClock, flow, ok, stepOf } from '@testmesh/testing';
import { run } from '../run.fixture.ts';

const subject = flow({ steps: [stepOf.action('a', { action: 'wait', assert: ['n == 1'] })] });

/** What a run that began `agoMs` ago says it took, when its last owner needs 100 ms for the rest of it. */
const durationOf = async (history: readonly RunEvent[], agoMs: number): Promise<number | undefined> => {
  const clock = fakeClock({ auto: true });
  const wait = fakeAction(async () => {
    await clock.sleep(100);
    return ok({ n: 1 });
  });
  const input = { history, startedAt: clock.now() - agoMs };
  const { events } = await run(subject, { actions: { wait }, input, ports: { clock } });
  return events.find((event) => event.type === 'RunCompleted')?.durationMs;
};

test('a run takes the time since it first began, whoever owned it', async () => {
  const whole = await run(subject, { actions: { wait: fakeAction(async () => ok({ n: 1 })) } });
  const begun = whole.events.slice(
    0,
    whole.events.findIndex(({ type }) => type === 'StepStarted'),
  );
  expect(await durationOf([], 60_000)).toBe(100);
  expect(await durationOf(begun, 60_000)).toBe(60_100);
  // The clock of whoever began it was ahead.
  expect(await durationOf(begun, -5_000)).toBe(100);
  // What was before is void.
  expect(await durationOf([...begun, { type: 'RunRestarted', reason: 'executor lost' }], 60_000)).toBe(100);
});
