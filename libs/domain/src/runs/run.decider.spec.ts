import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { accept, given, refuse } from '../kernel/decider.ts';
import { runDecider } from './run.decider.ts';
import type { RunEvent } from './run-event.ts';
import type { RunCommand, RunState } from './run-state.ts';

const request = {
  flow: { name: 'checkout', file: 'checkout.yaml', hash: 'f0' },
  variables: {},
  tags: [],
  trigger: { kind: 'api' },
} as const;
const requested: RunEvent = { type: 'RunRequested', ...request };
const claimed = (attempt = 1): RunEvent => ({ type: 'RunClaimed', executor: 'one', attempt });
const completed: RunEvent = {
  type: 'RunCompleted',
  verdict: 'passed',
  teardown: { status: 'none' },
  outputs: {},
  durationMs: 5,
};
const run = given(runDecider);

describe('a run', () => {
  test('is requested once', () => {
    expect(run().when({ type: 'RequestRun', request })).toEqual(accept(requested));
    expect(run(requested).when({ type: 'RequestRun', request })).toEqual(refuse('RunAlreadyRequested'));
  });

  test('D1: is claimed from the queue only', () => {
    expect(run(requested).when({ type: 'ClaimRun', executor: 'one' })).toEqual(accept(claimed(1)));
    expect(run(requested, claimed()).when({ type: 'ClaimRun', executor: 'two' })).toEqual(refuse('RunNotQueued'));
  });

  test('D2: is given back by the holder of its epoch alone', () => {
    const release = (epoch: number): RunCommand => ({ type: 'ReleaseRun', epoch, reason: 'drain' });
    expect(run(requested, claimed()).when(release(1))).toEqual(
      accept<RunEvent>({ type: 'RunReleased', executor: 'one', reason: 'drain' }),
    );
    expect(run(requested, claimed()).when(release(2))).toEqual(refuse('RunNotOwned'));
    expect(run(requested).when(release(1))).toEqual(refuse('RunNotOwned'));
  });

  test('D3: ends at once when it is cancelled in the queue', () => {
    const decision = run(requested).when({ type: 'CancelRun', by: 'ada' });
    expect(decision).toMatchObject({
      ok: true,
      events: [
        { type: 'RunCancelRequested', by: 'ada' },
        { type: 'RunCompleted', verdict: 'cancelled', reason: 'the run was cancelled by ada while nothing ran it' },
      ],
    });
  });

  test('D3: is ended by its owner when it is cancelled while running, and asked once', () => {
    const asked: RunEvent = { type: 'RunCancelRequested', by: 'ada' };
    expect(run(requested, claimed()).when({ type: 'CancelRun', by: 'ada' })).toEqual(accept(asked));
    expect(run(requested, claimed(), asked).when({ type: 'CancelRun', by: 'bob' })).toEqual(
      refuse('CancelAlreadyRequested'),
    );
  });

  test('D4: goes back to the queue when its lease ends, and is parked the third time', () => {
    const expire: RunCommand = { type: 'ExpireLease', epoch: 1, maxAttempts: 3 };
    const expired: RunEvent = { type: 'RunLeaseExpired', executor: 'one' };
    expect(run(requested, claimed()).when(expire)).toEqual(accept(expired));
    const third = [requested, claimed(1), expired, claimed(2), expired, claimed(3)];
    const reason = '3 executors were lost while they ran it, the last one was one';
    expect(run(...third).when({ ...expire, epoch: 3 })).toEqual(
      accept<RunEvent>(expired, { type: 'RunParked', reason, attempts: 3 }),
    );
  });

  test('D4: is parked until somebody releases it, with its attempts forgotten', () => {
    const parked: RunEvent = { type: 'RunParked', reason: 'x', attempts: 3 };
    const unparked: RunEvent = { type: 'RunUnparked', by: 'ada' };
    const before = [requested, claimed(3), parked];
    expect(run(...before).when({ type: 'ClaimRun', executor: 'two' })).toEqual(refuse('RunNotQueued'));
    expect(run(...before).when({ type: 'UnparkRun', by: 'ada' })).toEqual(accept(unparked));
    expect(run(requested).when({ type: 'UnparkRun', by: 'ada' })).toEqual(refuse('RunNotParked'));
    expect(run(...before, unparked).when({ type: 'ClaimRun', executor: 'two' })).toEqual(
      accept<RunEvent>({ type: 'RunClaimed', executor: 'two', attempt: 1 }),
    );
  });

  test('a hand-over in good order does not count as a lost executor', () => {
    const released: RunEvent = { type: 'RunReleased', executor: 'one', reason: 'drain' };
    expect(run(requested, claimed(1), released).when({ type: 'ClaimRun', executor: 'two' })).toEqual(
      accept<RunEvent>({ type: 'RunClaimed', executor: 'two', attempt: 1 }),
    );
  });

  test('nothing happens to a run that is not there, or that has ended', () => {
    expect(run().when({ type: 'ClaimRun', executor: 'one' })).toEqual(refuse('RunNotFound'));
    expect(run(requested, claimed(), completed).when({ type: 'CancelRun', by: 'ada' })).toEqual(refuse('RunFinished'));
  });
});

const epoch = fc.integer({ min: 0, max: 4 });
const command: fc.Arbitrary<RunCommand> = fc.oneof(
  fc.constant<RunCommand>({ type: 'RequestRun', request }),
  fc.constantFrom('one', 'two').map((executor): RunCommand => ({ type: 'ClaimRun', executor })),
  epoch.map((value): RunCommand => ({ type: 'ReleaseRun', epoch: value, reason: 'drain' })),
  epoch.map((value): RunCommand => ({ type: 'ExpireLease', epoch: value, maxAttempts: 2 })),
  fc.constant<RunCommand>({ type: 'CancelRun', by: 'ada' }),
  fc.constant<RunCommand>({ type: 'UnparkRun', by: 'ada' }),
);

const epochOf = (state: RunState): number => ('epoch' in state ? state.epoch : Number.POSITIVE_INFINITY);

test('whatever is asked in whatever order: one request, epochs never fall, nothing follows the end, parking comes in time', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
      let state = runDecider.initial;
      const history: RunEvent[] = [];
      for (const each of commands) {
        const decision = runDecider.decide(each, state);
        if (!decision.ok) continue;
        const before = state;
        state = decision.events.reduce(runDecider.evolve, state);
        history.push(...decision.events);
        expect(before.status === 'absent' || epochOf(state) >= epochOf(before)).toBe(true);
        if ('attempts' in state) expect(state.attempts).toBeLessThanOrEqual(2);
      }
      expect(history.filter(({ type }) => type === 'RunRequested').length).toBeLessThanOrEqual(1);
      const end = history.findIndex(({ type }) => type === 'RunCompleted');
      expect(end === -1 || end === history.length - 1).toBe(true);
      expect(history.reduce(runDecider.evolve, runDecider.initial)).toEqual(state);
    }),
  );
});
