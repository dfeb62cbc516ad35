import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Candidate, chooseEnvironment, isOver, type OnBusy } from './reuse.ts';
import { testEnvironmentDecider } from './test-environment.decider.ts';
import { MINUTE, spec } from './test-environment.fixture.ts';
import type { LiveEnvironment, TestEnvironmentCommand, TestEnvironmentState } from './test-environment-state.ts';

// What keepers do around the choice, without a keeper: environments of one context, which time, people and a cluster act upon.
const { initial, decide, evolve } = testEnvironmentDecider;

class Context {
  readonly environments: TestEnvironmentState[] = [];
  now = 0;

  act(at: number, command: TestEnvironmentCommand): void {
    const state = this.environments[at] ?? initial;
    const decision = decide(command, state);
    if (decision.ok) this.environments[at] = decision.events.reduce(evolve, state);
  }

  candidates(): readonly Candidate[] {
    return this.environments.flatMap((state, at) =>
      state.status === 'absent' || state.status === 'destroyed' ? [] : [{ id: String(at), state, waiting: [] }],
    );
  }

  /** A run asks, as keepers let it. */
  ask(run: string, onBusy: OnBusy = 'wait') {
    const { now } = this;
    for (const { id, state } of this.candidates())
      if (isOver(state, now)) this.act(Number(id), { type: 'ExpireTestEnvironment', now });
    const choice = chooseEnvironment({ run, onBusy, now }, this.candidates());
    if (choice.choice === 'register')
      this.act(this.environments.length, { type: 'RegisterTestEnvironment', spec, by: run, now });
    else if (choice.choice === 'acquire') this.act(Number(choice.id), { type: 'AcquireTestEnvironment', run, now });
    else if (choice.choice === 'retry') this.act(Number(choice.id), { type: 'StartProvisioning', now });
    return choice;
  }

  /** A cluster in which everything comes to be and goes at once. */
  settle(): void {
    const { now } = this;
    for (const at of this.environments.keys())
      for (const type of ['StartProvisioning', 'ReportHealthy', 'CompleteDestroy'] as const)
        this.act(at, { type, now });
  }
}

const deed = fc.record({
  what: fc.constantFrom(
    ...(['register', 'start', 'heal', 'sicken', 'fail', 'acquire', 'release', 'destroy', 'sweep', 'go'] as const),
  ),
  at: fc.nat({ max: 3 }),
  passed: fc.integer({ min: 0, max: 50 * MINUTE }),
});
type Deed = typeof deed extends fc.Arbitrary<infer Value> ? Value : never;

const lived = (deeds: readonly Deed[]): Context => {
  const context = new Context();
  for (const { what, at, passed } of deeds) {
    context.now += passed;
    const { now } = context;
    const place = Math.min(at, context.environments.length);
    const state = context.environments[place];
    const epoch = state?.status === 'running' ? state.epoch : 0;
    const commands: Record<typeof what, TestEnvironmentCommand> = {
      register: { type: 'RegisterTestEnvironment', spec, by: 'ada', now },
      start: { type: 'StartProvisioning', now },
      heal: { type: 'ReportHealthy', now },
      sicken: { type: 'ReportSick', error: 'a pod is gone', now },
      fail: { type: 'FailProvisioning', error: 'too slow', now },
      acquire: { type: 'AcquireTestEnvironment', run: `r${at}`, now },
      release: { type: 'ReleaseTestEnvironment', run: `r${at}`, epoch, reason: 'end', now },
      destroy: { type: 'RequestDestroy', by: 'ada', reason: 'done', force: true, now },
      sweep: { type: 'ExpireTestEnvironment', now },
      go: { type: 'CompleteDestroy', now },
    };
    context.act(place, commands[what]);
  }
  return context;
};
const life = fc.array(deed, { maxLength: 40 }).map(lived);

test('whatever became of the environments of a context, a run that asks for it has one, and none that is over', () => {
  fc.assert(
    fc.property(life, fc.integer({ min: 0, max: 200 * MINUTE }), (context, passed) => {
      context.now += passed;
      // Those that have it come to their end.
      for (const [at, state] of context.environments.entries()) {
        if (state.status !== 'running') continue;
        const { run, epoch } = state;
        context.act(at, { type: 'ReleaseTestEnvironment', run, epoch, reason: 'end', now: context.now });
      }
      for (let round = 0; round < 3; round++) {
        context.ask('late');
        context.settle();
      }
      const choice = context.ask('late');
      expect(choice.choice).toBe('held');
      const held = context.candidates().find(({ id }) => 'id' in choice && id === choice.id)?.state;
      expect(held).toMatchObject({ status: 'running', run: 'late', lastUsedAt: context.now });
      expect(held).not.toHaveProperty('destroying');
    }),
    { numRuns: 500 },
  );
});

test('U5: a context of which everything is over begins a new life, and nothing of the old one is given to anybody', () => {
  fc.assert(
    fc.property(life, fc.constantFrom<OnBusy>('wait', 'new', 'fail'), (context, onBusy) => {
      context.settle();
      context.now += 61 * MINUTE;
      const isLeft = ({ state }: { readonly state: LiveEnvironment }) => state.status === 'running';
      fc.pre(!context.candidates().some(isLeft));
      const before = context.environments.length;
      expect(context.ask('late', onBusy)).toEqual({ choice: 'register' });
      expect(context.environments).toHaveLength(before + 1);
      for (const state of context.environments.slice(0, before))
        expect(state.status === 'destroyed' || ('destroying' in state && state.destroying !== undefined)).toBe(true);
    }),
    { numRuns: 500 },
  );
});
