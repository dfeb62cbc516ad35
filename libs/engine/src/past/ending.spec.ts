import { expect, test } from '@jest/globals';
import type { RunEvent } from '@testmesh/domain';
import { flow, stepOf } from '@testmesh/testing';
import { type Case, inherited, own } from './take-over.fixture.ts';

// Runs that are taken over only to be ended, or to begin anew.

const { action } = stepOf;

const holding = (restartable: boolean): Case => ({
  name: 'with a server',
  flow: flow({
    restartable,
    setup: [action('serve', { config: { hold: 'mock', id: '${RANDOM_ID}' }, output: { server: 'id' } })],
    steps: [action('use', { config: { n: 1, of: '${server}' }, assert: ['n == 1'] })],
    teardown: [action('stop', { config: { of: '${server}' }, assert: ['of != null'] })],
  }),
});

const typesOf = (events: readonly RunEvent[]): string[] => events.map(({ type }) => type);

const after = (events: readonly RunEvent[], type: RunEvent['type'], path?: string): number =>
  events.findIndex((event) => event.type === type && (path === undefined || ('path' in event && event.path === path))) +
  1;

test('TM5081: a run that held something of the lost executor carries out its teardown and ends', async () => {
  const whole = await own(holding(false));
  const left = inherited({ history: [] }, whole, after(whole.events, 'StepStarted', 'use'));
  const { outcome, performed, events } = await own(holding(false), left);
  expect(performed).toEqual(['teardown/stop']);
  expect(outcome).toMatchObject({
    verdict: 'error',
    reason: 'executor lost: it held server mock (opened by serve)',
    error: { code: 'TM5081' },
  });
  expect(events.at(-1)).toMatchObject({ type: 'RunCompleted', teardown: { status: 'passed' } });
});

test('what was closed again was not lost', async () => {
  const whole = await own(holding(false));
  const { outcome } = await own(
    holding(false),
    inherited({ history: [] }, whole, after(whole.events, 'ResourceClosed')),
  );
  expect(outcome).toEqual(whole.outcome);
});

test('a run that needs nothing more of what was lost ends as it would have', async () => {
  const whole = await own(holding(false));
  const left = inherited({ history: [] }, whole, after(whole.events, 'StepCompleted', 'use'));
  const { outcome, performed } = await own(holding(false), left);
  expect(outcome).toEqual(whole.outcome);
  expect(performed).toEqual(['teardown/stop']);
});

test('what had failed before the executor was lost stays the reason', async () => {
  const { flow: whole, ...rest } = holding(true);
  const failing = action('use', { config: { n: 1 }, assert: ['n == 2'] });
  const each: Case = { ...rest, flow: { ...whole, steps: [failing, action('unreached', { config: { n: 1 } })] } };
  const first = await own(each);
  const left = inherited({ history: [] }, first, after(first.events, 'StepCompleted', 'use'));
  const { outcome, performed } = await own(each, left);
  expect(outcome).toEqual(first.outcome);
  expect(outcome.verdict).toBe('failed');
  expect(performed).toEqual(['teardown/stop']);
});

test('E121: a restartable one begins anew after its teardown, with values of its own', async () => {
  const whole = await own(holding(true));
  const left = inherited({ history: [] }, whole, after(whole.events, 'StepStarted', 'use'));
  const second = await own(holding(true), left);
  expect(second.performed).toEqual(['teardown/stop', 'serve', 'use', 'teardown/stop']);
  expect(second.outcome.verdict).toBe('passed');
  expect(second.outcome.outputs).not.toEqual(whole.outcome.outputs);
  const anew = after(second.events, 'RunRestarted');
  expect(second.events[anew - 1]).toMatchObject({ reason: 'executor lost: it held server mock (opened by serve)' });
  expect(typesOf(second.events.slice(anew))).toEqual(typesOf(whole.events.slice(1)));
  expect(second.events[anew]).toMatchObject({ type: 'RunStarted', seed: 'seed~2' });
  const third = await own(holding(true), inherited(left, second, anew + 2));
  expect(third.performed).toEqual(['serve', 'use', 'teardown/stop']);
  expect(third.outcome).toEqual(second.outcome);
});

test('a run that is to be cancelled carries out no more than its teardown', async () => {
  const each = holding(true);
  const whole = await own(each);
  const cancel: RunEvent = { type: 'RunCancelRequested', by: 'ann' };
  const count = after(whole.events, 'StepCompleted', 'serve');
  const history = [...inherited({ history: [] }, whole, count).history, cancel];
  const { outcome, performed } = await own(each, { history });
  expect(performed).toEqual(['teardown/stop']);
  expect(outcome).toMatchObject({ verdict: 'cancelled', reason: 'the run was cancelled by ann at use' });
  const unbegun = await own(each, { history: [...whole.events.slice(0, 1), cancel] });
  expect(unbegun.outcome.verdict).toBe('cancelled');
  expect(unbegun.performed).toEqual([]);
});

test('a run whose step was stopped by a cancellation stays cancelled', async () => {
  const { flow: whole, ...rest } = holding(false);
  const each: Case = { ...rest, flow: { ...whole, setup: [], steps: [action('use', { config: { sleep: 60_000 } })] } };
  const stop = new AbortController();
  const events: RunEvent[] = [];
  const record = (event: RunEvent): void => {
    events.push(event);
    if (event.type === 'StepStarted') stop.abort('by ann');
  };
  const { outcome } = await own(
    each,
    { history: [] },
    { recorder: { record, durable: async () => undefined }, signal: stop.signal },
  );
  expect(outcome).toMatchObject({ verdict: 'cancelled', reason: 'the run was cancelled: by ann at use' });
  const next = await own(each, { history: events.slice(0, after(events, 'StepCompleted', 'use')) });
  expect(next.outcome).toEqual(outcome);
  expect(next.performed).toEqual([]);
});

test('a run that is completed is left as it is', async () => {
  const whole = await own(holding(false));
  const { outcome, events } = await own(holding(false), inherited({ history: [] }, whole, whole.events.length));
  expect(outcome).toEqual(whole.outcome);
  expect(events).toEqual([]);
});
