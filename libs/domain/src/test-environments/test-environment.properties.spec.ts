import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { nextTask } from './next-task.ts';
import { expiresAt, testEnvironmentDecider } from './test-environment.decider.ts';
import { MINUTE, spec } from './test-environment.fixture.ts';
import type { TestEnvironmentEvent } from './test-environment-event.ts';
import type { TestEnvironmentCommand, TestEnvironmentState } from './test-environment-state.ts';

type Step = (now: number) => TestEnvironmentCommand;
const { initial, decide, evolve } = testEnvironmentDecider;

const run = fc.constantFrom('r1', 'r2', 'r3');
const resources = fc.constantFrom('u1', 'u2').map((uid) => [{ kind: 'Namespace', name: 'review-pr-123', uid }]);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.constantFrom<Step>(
    (now) => ({ type: 'RegisterTestEnvironment', spec, by: 'ada', now }),
    (now) => ({ type: 'StartProvisioning', now }),
    (now) => ({ type: 'FailProvisioning', error: 'too slow', now }),
    (now) => ({ type: 'ReportHealthy', now }),
    (now) => ({ type: 'ReportSick', error: 'a pod is gone', now }),
    (now) => ({ type: 'RequestDestroy', by: 'ada', reason: 'done', force: false, now }),
    (now) => ({ type: 'RequestDestroy', by: 'ada', reason: 'done', force: true, now }),
    (now) => ({ type: 'ExpireTestEnvironment', now }),
    (now) => ({ type: 'ReportHindrance', error: 'a finalizer', now }),
    (now) => ({ type: 'CompleteDestroy', now }),
  ),
  run.map(
    (name): Step =>
      (now) => ({ type: 'AcquireTestEnvironment', run: name, now }),
  ),
  fc.tuple(run, fc.integer({ min: 0, max: 4 })).map(
    ([name, epoch]): Step =>
      (now) => ({ type: 'ReleaseTestEnvironment', run: name, epoch, reason: 'end', now }),
  ),
  resources.map(
    (bound): Step =>
      (now) => ({ type: 'BindResources', resources: bound, now }),
  ),
);
/** Most walks begin with an environment that is ready, so that they reach what matters. */
const walk = fc.record({
  opening: fc.constantFrom<readonly Step[]>(
    [],
    [
      (now) => ({ type: 'RegisterTestEnvironment', spec, by: 'ada', now }),
      (now) => ({ type: 'StartProvisioning', now }),
      (now) => ({ type: 'ReportHealthy', now }),
    ],
  ),
  steps: fc.array(fc.tuple(step, fc.integer({ min: 0, max: 40 * MINUTE })), { maxLength: 40 }),
});
type Walk = typeof walk extends fc.Arbitrary<infer Value> ? Value : never;

interface Walked {
  readonly state: TestEnvironmentState;
  readonly history: readonly TestEnvironmentEvent[];
  readonly now: number;
}

const walked = (
  { opening, steps }: Walk,
  seen: (before: TestEnvironmentState, command: TestEnvironmentCommand) => void,
): Walked => {
  let [state, now]: [TestEnvironmentState, number] = [initial, 0];
  const history: TestEnvironmentEvent[] = [];
  for (const [each, passed] of [...opening.map((one) => [one, 0] as const), ...steps]) {
    now += passed;
    const command = each(now);
    const decision = decide(command, state);
    if (!decision.ok) continue;
    seen(state, command);
    state = decision.events.reduce(evolve, state);
    history.push(...decision.events);
  }
  return { state, history, now };
};

test('no environment is ever used by two runs, and epochs rise by one with each use', () => {
  fc.assert(
    fc.property(walk, (sequence) => {
      const { history } = walked(sequence, () => undefined);
      let holder: string | undefined;
      let epoch = 0;
      for (const event of history) {
        if (event.type === 'TestEnvironmentAcquired') {
          expect(holder).toBeUndefined();
          expect(event.epoch).toBe(epoch + 1);
          [holder, epoch] = [event.run, event.epoch];
        } else if (event.type === 'TestEnvironmentReleased') {
          expect([event.run, event.epoch]).toEqual([holder, epoch]);
          holder = undefined;
        }
      }
    }),
    { numRuns: 500 },
  );
});

test('none is torn down or destroyed while a run holds it, unless that was forced', () => {
  fc.assert(
    fc.property(walk, (sequence) => {
      const { state, history } = walked(sequence, (before, command) => {
        if (before.status !== 'running') return;
        expect(nextTask(before)).not.toBe('tear-down');
        expect(command.type).not.toBe('CompleteDestroy');
        expect(command.type).not.toBe('ExpireTestEnvironment');
      });
      const ends = history.filter(({ type }) => type === 'TestEnvironmentDestroyed').length;
      expect(ends).toBe(state.status === 'destroyed' ? 1 : 0);
      if (ends === 1) expect(history.at(-1)?.type).toBe('TestEnvironmentDestroyed');
    }),
    { numRuns: 500 },
  );
});

test('nothing that is on its way out is given to a run', () => {
  fc.assert(
    fc.property(walk, (sequence) => {
      walked(sequence, (before, command) => {
        const isGoing = 'destroying' in before && before.destroying !== undefined;
        if (command.type === 'AcquireTestEnvironment') expect(isGoing).toBe(false);
      });
    }),
    { numRuns: 500 },
  );
});

test('every environment ends destroyed once its run has ended and its TTL is over, whatever happened to it before', () => {
  fc.assert(
    fc.property(walk, (sequence) => {
      const begun = walked(sequence, () => undefined);
      let state = begun.state;
      if (state.status === 'absent') return;
      const ask = (command: TestEnvironmentCommand): void => {
        const decision = decide(command, state);
        if (decision.ok) state = decision.events.reduce(evolve, state);
      };
      const { now } = begun;
      if (state.status === 'running') {
        const { run: holder, epoch } = state;
        ask({ type: 'ReleaseTestEnvironment', run: holder, epoch, reason: 'lease over', now });
      }
      if (state.status === 'provisioning') ask({ type: 'FailProvisioning', error: 'deadline', now });
      if (state.status === 'provisioning') throw new Error('a deadline ended no provisioning');
      if (state.status === 'destroyed') return;
      ask({ type: 'ExpireTestEnvironment', now: expiresAt(state) + 1 });
      expect(nextTask(state)).toBe('tear-down');
      ask({ type: 'CompleteDestroy', now });
      expect(state.status).toBe('destroyed');
    }),
    { numRuns: 500 },
  );
});

test('what was bound stays bound to the same identity for ever', () => {
  fc.assert(
    fc.property(walk, (sequence) => {
      const { state, history } = walked(sequence, () => undefined);
      const bound = history.flatMap((event) => (event.type === 'ResourcesBound' ? event.resources : []));
      expect(bound.length).toBeLessThanOrEqual(1);
      if (state.status !== 'absent') expect(state.resources).toEqual(bound);
    }),
    { numRuns: 500 },
  );
});
