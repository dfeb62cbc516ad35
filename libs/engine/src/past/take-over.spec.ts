import { describe, expect, test } from '@jest/globals';
import { fakeClock, flow, stepOf } from '@testmesh/testing';
import fc from 'fast-check';
import { cases, check } from './cases.fixture.ts';
import { type Case, inherited, type Owner, own, repeated, reportOf, timeless } from './take-over.fixture.ts';

// A run is cut off and carried on by another owner. Whoever carries it on, and however often:
// it comes to the same end, nothing that has ended happens again, and nothing happens twice that must not.

const NEW = { history: [] };

/** What must hold of everything that was recorded of a run, whoever did. */
const expectAsWhole = (whole: Owner, last: Owner, history: readonly Owner['events'][number][]): void => {
  const all = [...history, ...last.events];
  expect(repeated(all)).toEqual([]);
  if (all.some(({ type }) => type === 'StepOutcomeUnknown')) {
    expect(last.outcome).toMatchObject({ verdict: 'error', error: { code: expect.stringMatching(/TM5080|TM5007/) } });
    return;
  }
  expect(timeless(last.outcome)).toEqual(timeless(whole.outcome));
  expect(reportOf(all)).toEqual(reportOf(whole.events));
};

describe.each(cases)('$name', (each) => {
  test('E120, E122, E123, E124: comes to the same end after every event', async () => {
    const whole = await own(each);
    for (let count = 0; count <= whole.events.length; count++) {
      const left = inherited(NEW, whole, count);
      expectAsWhole(whole, await own(each, left), left.history);
    }
  }, 30_000);
});

test('E120, E128: comes to the same end when it is cut off again and again', async () => {
  const cut = fc.double({ min: 0, max: 1, noNaN: true });
  const owners = fc.tuple(
    fc.constantFrom(...cases.map(({ name }) => name)),
    fc.array(cut, { minLength: 2, maxLength: 4 }),
  );
  const carriedOn = async ([name, cuts]: [string, number[]]): Promise<void> => {
    const each = cases.find((one) => one.name === name) as Case;
    const whole = await own(each);
    let left = inherited(NEW, whole, 0);
    let owner = whole;
    for (const at of cuts) {
      left = inherited(owner === whole ? NEW : left, owner, Math.floor(at * owner.events.length));
      owner = await own(each, left);
    }
    expectAsWhole(whole, owner, left.history);
  };
  await fc.assert(fc.asyncProperty(owners, carriedOn), { numRuns: 25 });
}, 60_000);

test('a side of a condition that was begun is gone on with, whatever the clock says by now', async () => {
  const sides = [[check('early', 'RUN_ID'), check('early2', 'RUN_ID')], [check('late', 'RUN_ID')]] as const;
  const each: Case = {
    name: 'by the clock',
    flow: flow({ steps: [stepOf.condition('if', 'ISO_TIMESTAMP < "2031-01-01"', ...sides)] }),
  };
  const whole = await own(each);
  const left = inherited(NEW, whole, whole.events.findIndex(({ type }) => type === 'StepCompleted') + 1);
  const clock = fakeClock({ auto: true, start: Date.UTC(2032, 0, 1) });
  const next = await own(each, left, { clock });
  expect(next.performed).toEqual(['if/early2']);
  expect((await own(each, NEW, { clock })).performed).toEqual(['if/late']);
});
