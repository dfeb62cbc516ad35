import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { accept, given, refuse } from '../kernel/decider.ts';
import type { Verdict } from '../runs/run-event.ts';
import { healthDecider } from './health.decider.ts';
import type { HealthEvent } from './health.ts';

const health = given(healthDecider);
const report = (run: string, verdict: Verdict, now = 5) => ({ type: 'ReportOutcome', run, verdict, now }) as const;
const began: HealthEvent = { type: 'BeganToFail', run: 'a', at: 1 };

test('H1: the first failure is told, those after it are counted', () => {
  expect(health().when(report('a', 'failed', 1))).toEqual(accept<HealthEvent>(began));
  expect(health(began).when(report('b', 'error'))).toEqual(accept<HealthEvent>({ type: 'StillFailed', run: 'b' }));
});

test('H1: the first pass after failures is told with how many there were and since when', () => {
  expect(health(began, { type: 'StillFailed', run: 'b' }).when(report('c', 'passed'))).toEqual(
    accept<HealthEvent>({ type: 'Recovered', run: 'c', since: 1, failures: 2 }),
  );
});

test('H2: whatever passes first did not recover', () => {
  expect(health().when(report('a', 'passed'))).toEqual(accept<HealthEvent>({ type: 'Passed', run: 'a' }));
});

test('H3: a cancelled run and one reported before change nothing', () => {
  expect(health(began).when(report('b', 'cancelled'))).toEqual(refuse('CancelledSaysNothing'));
  expect(health(began).when(report('a', 'failed'))).toEqual(refuse('OutcomeAlreadyReported'));
});

test('H1, H2: failing and recovering are told in turn, each as often as the verdicts changed', () => {
  const verdicts = fc.array(fc.constantFrom<Verdict>('passed', 'failed', 'error', 'timed_out', 'cancelled'));
  const property = fc.property(verdicts, (all) => {
    const told: string[] = [];
    let state = healthDecider.initial;
    for (const [at, verdict] of all.entries()) {
      const decision = healthDecider.decide(report(`${at}`, verdict, at), state);
      if (!decision.ok) continue;
      told.push(...decision.events.map(({ type }) => type));
      state = decision.events.reduce(healthDecider.evolve, state);
    }
    const said = all.filter((verdict) => verdict !== 'cancelled').map((verdict) => verdict === 'passed');
    const turns = said.filter((isPass, at) => (at === 0 ? !isPass : isPass !== said[at - 1]));
    const messages = told.filter((type) => type === 'BeganToFail' || type === 'Recovered');
    expect(messages).toEqual(turns.map((isPass) => (isPass ? 'Recovered' : 'BeganToFail')));
  });
  fc.assert(property, { numRuns: 500, seed: 20_261_121 });
});
