import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { cases } from './cases.fixture.ts';
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
  test('after every event', async () => {
    const whole = await own(each);
    for (let count = 0; count <= whole.events.length; count++) {
      const left = inherited(NEW, whole, count);
      expectAsWhole(whole, await own(each, left), left.history);
    }
  }, 30_000);
});

test('again and again, at any place', async () => {
  const cut = fc.double({ min: 0, max: 1, noNaN: true });
  const owners = fc.tuple(fc.constantFrom(...cases), fc.array(cut, { minLength: 2, maxLength: 4 }));
  const carriedOn = async ([each, cuts]: [Case, number[]]): Promise<void> => {
    const whole = await own(each);
    let left = inherited(NEW, whole, 0);
    let owner = whole;
    for (const at of cuts) {
      left = inherited(owner === whole ? NEW : left, owner, Math.floor(at * owner.events.length));
      owner = await own(each, left);
    }
    expectAsWhole(whole, owner, left.history);
  };
  await fc.assert(fc.asyncProperty(owners, carriedOn), { numRuns: 60 });
}, 60_000);
