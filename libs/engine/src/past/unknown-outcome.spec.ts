import { expect, test } from '@jest/globals';
import type { RunEvent, StepCompleted } from '@testmesh/domain';
import { flow, type StepParts, stepOf } from '@testmesh/testing';
import { type Case, inherited, own } from './take-over.fixture.ts';

const { action } = stepOf;

const paying = (parts: StepParts): Case => ({
  name: 'a payment',
  flow: flow({
    steps: [
      action('pay', { action: 'send', config: { id: 7 }, assert: ['id == 7'], output: { payment: 'id' }, ...parts }),
      action('after', { config: { n: 1 }, assert: ['n == 1'] }),
    ],
    teardown: [action('refund', { config: { of: '${payment}' }, assert: ['of == 7'] })],
  }),
});

/** Carries a run on whose owner died in the middle of `pay`, or of its nth step from there. */
const afterDeath = async (each: Case, more = 0) => {
  const whole = await own(each);
  const count = whole.events.findIndex(({ type }) => type === 'StepStarted') + 1;
  const left = inherited({ history: [] }, whole, count);
  const second = await own(each, left);
  if (more === 0) return second;
  return own(each, inherited(left, second, more));
};

const endOf = (events: readonly RunEvent[], path: string): StepCompleted | undefined =>
  events.find((event): event is StepCompleted => event.type === 'StepCompleted' && event.path === path);

test('E125, TM5080: what must not happen twice is not carried out again, and its outcome is unknown', async () => {
  const { outcome, events, performed } = await afterDeath(paying({}));
  expect(performed).toEqual([]);
  expect(events[0]).toEqual({ type: 'StepOutcomeUnknown', path: 'pay' });
  expect(outcome).toMatchObject({
    verdict: 'error',
    error: { code: 'TM5080', help: expect.stringContaining('verify') },
  });
  expect(outcome.reason).toMatch(/^pay: its outcome is unknown/);
  expect(endOf(events, 'teardown/refund')).toMatchObject({
    status: 'skipped',
    reason: 'payment was never captured, pay failed',
  });
});

test('E127: an unknown outcome is not retried, and no assertion can expect it; on_error: continue excuses it', async () => {
  const retried = await afterDeath(paying({ retry: { maxAttempts: 3 }, assert: ['error.code == "TM5080"'] }));
  expect(retried.performed).toEqual([]);
  expect(retried.outcome.verdict).toBe('error');
  const excused = await afterDeath(paying({ onError: 'continue' }));
  expect(excused.performed).toEqual(['after']);
  expect(excused.outcome).toMatchObject({ verdict: 'passed', reason: expect.stringContaining('pay: its outcome') });
});

test('E125: with on_unknown: rerun it is carried out again, after the journal has heard of it', async () => {
  const barriers: number[] = [];
  const events: RunEvent[] = [];
  const each = paying({ onUnknown: 'rerun' });
  const whole = await own(each);
  const recorder = {
    record: (event: RunEvent) => void events.push(event),
    durable: async () => void barriers.push(events.length),
  };
  const { outcome, performed } = await own(each, inherited({ history: [] }, whole, 3), { recorder });
  expect(performed).toEqual(['pay', 'after', 'teardown/refund']);
  expect(outcome).toEqual(whole.outcome);
  expect(events.slice(0, 2)).toMatchObject([{ type: 'StepOutcomeUnknown' }, { type: 'StepStarted', attempt: 1 }]);
  expect(barriers[0]).toBe(2);
});

const verify = (n: number, output = {}) => [action('was_paid', { config: { n, id: 9 }, assert: ['n == 1'], output })];

test('E126: verify steps that pass say that it happened, and capture what it would have', async () => {
  const { outcome, events, performed } = await afterDeath(
    paying({ onUnknown: 'verify', verify: verify(1, { payment: 'id' }) }),
  );
  expect(performed).toEqual(['pay/verify/was_paid', 'after', 'teardown/refund']);
  expect(endOf(events, 'pay')).toMatchObject({
    status: 'passed',
    captured: { payment: 9 },
    reason: 'its executor was lost, and its verify steps say that it happened',
  });
  expect(endOf(events, 'pay')).not.toHaveProperty('output');
  expect(endOf(events, 'teardown/refund')).toMatchObject({ status: 'failed' });
  expect(outcome.outputs).toEqual({ payment: 9 });
});

test('E126: a name that verify steps do not capture was never captured', async () => {
  const each = paying({ onUnknown: 'verify', verify: verify(1) });
  const { outcome, events } = await afterDeath(each);
  expect(outcome.verdict).toBe('passed');
  const refund = { status: 'skipped', reason: 'payment was never captured, pay was only verified' };
  expect(endOf(events, 'teardown/refund')).toMatchObject(refund);
  const paid = events.findIndex((event) => event.type === 'StepCompleted' && event.path === 'pay') + 1;
  expect(endOf((await afterDeath(each, paid)).events, 'teardown/refund')).toMatchObject(refund);
});

test('E126: when a verify step does not pass the outcome stays unknown', async () => {
  const { outcome, performed } = await afterDeath(paying({ onUnknown: 'verify', verify: verify(2) }));
  expect(performed).toEqual(['pay/verify/was_paid']);
  expect(outcome).toMatchObject({ verdict: 'error', error: { code: 'TM5080' } });
  expect(outcome.reason).toContain('pay/verify/was_paid: n == 1');
});

test('E126: verify steps that have ended are not carried out again, and the outcome is recorded as unknown once', async () => {
  const each = paying({ onUnknown: 'verify', verify: verify(1) });
  const { events, performed } = await afterDeath(each, 3);
  expect(performed).toEqual(['after']);
  expect(events.map(({ type }) => type)).not.toContain('StepOutcomeUnknown');
});
