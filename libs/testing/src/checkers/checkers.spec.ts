import { expect, test } from '@jest/globals';
import { effects } from './effects.ts';
import { ends } from './ends.ts';
import { type Reached, type StepRule, type Streams, textOf, type Violation } from './evidence.ts';
import { followed } from './followed.ts';
import { claimed, completed, ended, stream, streamsOf, type Told } from './history.fixture.ts';
import { order } from './order.ts';
import { outcomes } from './outcomes.ts';
import { published } from './published.ts';
import { slots } from './slots.ts';
import { verdicts } from './verdicts.ts';

// Each checker is given a history with the defect it is there for, and one without it.

const requested: Told = { type: 'RunRequested' };
const good = stream('r', [requested, claimed('one', 1, 1), completed('a'), ended()]);
const texts = (found: readonly Violation[]): readonly string[] => found.map(textOf);

test('C1: a run without an end, with two of them, or with something after it is told; one that nobody knows too', () => {
  expect(ends(['r'], streamsOf(good))).toEqual([]);
  expect(texts(ends(['r'], streamsOf(stream('r', [requested, completed('a')]))))).toEqual([
    'C1 run-r: 0 ends, the last event is StepCompleted',
  ]);
  expect(texts(ends(['r'], streamsOf(stream('r', [requested, ended(), ended()]))))).toEqual([
    'C1 run-r: 2 ends, the last event is RunCompleted',
  ]);
  expect(texts(ends(['r'], streamsOf(stream('r', [requested, ended(), completed('a')]))))).toEqual([
    'C1 run-r: 1 ends, the last event is StepCompleted',
  ]);
  expect(texts(ends(['lost'], streamsOf(good)))).toEqual(['C1 run-lost: 0 ends, the last event is none']);
});

test('C2: a second outcome of a step is told, unless the run began anew in between', () => {
  expect(outcomes(streamsOf(good))).toEqual([]);
  expect(texts(outcomes(streamsOf(stream('r', [requested, completed('a'), completed('a')]))))).toEqual([
    'C2 run-r: a has 2 outcomes',
  ]);
  const anew = [requested, completed('a'), { type: 'RunRestarted' }, completed('a'), ended()];
  expect(outcomes(streamsOf(stream('r', anew)))).toEqual([]);
});

test('C3: a gap, an epoch that goes back, an id that stands twice and a broken chain are told', () => {
  expect(order(streamsOf(good))).toEqual([]);
  expect(texts(order(streamsOf(good.filter(({ ver }) => ver !== 2))))).toContain('C3 run-r: version 3 at place 2');
  const late = stream('r', [requested, claimed('one', 2, 1), completed('a')]);
  expect(texts(order(streamsOf(late)))).toEqual(['C3 run-r: StepCompleted of epoch 1 after one of 2']);
  const twice = [stream('r', [{ ...requested, id: 'same' }]), stream('s', [{ ...requested, id: 'same' }])];
  expect(texts(order(streamsOf(...twice)))).toEqual(['C3 run-s: version 1 has the id of run-r@1: same']);
  const changed = good.map((event) => (event.ver === 3 ? { ...event, data: { path: 'a', status: 'failed' } } : event));
  expect(texts(order(streamsOf(changed)))).toEqual(['C3 run-r: the chain breaks at version 3']);
});

const ruleOf = (_run: string, path: string): StepRule => ({ effect: path === 'pay' ? 'once' : 'repeatable', tries: 2 });
const reached = (...paths: string[]): readonly Reached[] => paths.map((path) => ({ runId: 'r', path }));
const effectsOf = (streams: Streams, ledger: readonly Reached[]) => texts(effects({ streams, ledger, ruleOf }));

test('C4: a step that may act once and acted twice is told; so is one that acted more often than it had owners and tries', () => {
  const paid = streamsOf(stream('r', [requested, claimed('one', 1, 1), completed('pay'), completed('a'), ended()]));
  expect(effectsOf(paid, reached('pay', 'a', 'a'))).toEqual([]);
  expect(effectsOf(paid, reached('pay', 'pay', 'a'))).toEqual([
    'C4 run-r: pay (once) reached the target 2 times, 1 may be',
  ]);
  expect(effectsOf(paid, reached('pay', 'a', 'a', 'a'))).toEqual([
    'C4 run-r: a (repeatable) reached the target 3 times, 2 may be',
  ]);
});

test('C4: a step that passed and never acted is told, and a request of a run that is not known', () => {
  const paid = streamsOf(stream('r', [requested, claimed('one', 1, 1), completed('pay'), ended()]));
  expect(effectsOf(paid, [])).toEqual(['C4 run-r: pay passed and never reached the target']);
  expect(effectsOf(paid, [...reached('pay'), { runId: 'ghost', path: 'pay' }])).toEqual([
    'C4 run-ghost: it reached the target and has no history',
  ]);
});

test('C6: a slot without a run, with two, with one that has no history, and a run for no slot are told', () => {
  const fired = (at: number, runId: string) => ({ schedule: 's', at, runId });
  const judged = (wanted: readonly number[], ...all: readonly ReturnType<typeof fired>[]) =>
    texts(slots({ streams: streamsOf(good), expected: new Map([['s', wanted]]), fired: all }));
  expect(judged([1000], fired(1000, 'r'))).toEqual([]);
  expect(judged([1000])).toEqual(['C6 the slot 1970-01-01T00:00:01.000Z of s has no run']);
  expect(judged([1000], fired(1000, 'r'), fired(1000, 'q'))).toEqual([
    'C6 the slot 1970-01-01T00:00:01.000Z of s has 2 runs: r, q',
  ]);
  expect(judged([], fired(1000, 'r'))).toEqual([
    'C6 the slot 1970-01-01T00:00:01.000Z of s is none of its slots, and has the run r',
  ]);
  expect(judged([1000], fired(1000, 'q'))).toEqual([
    'C6 the slot 1970-01-01T00:00:01.000Z of s has the run q, which has no history',
  ]);
});

test('C9: an event that never came out of the bus is told, and one that came from nowhere', () => {
  const ids = good.map(({ id }) => id);
  expect(published(streamsOf(good), new Set(ids))).toEqual([]);
  expect(texts(published(streamsOf(good), new Set([...ids.slice(0, 3), 'strange'])))).toEqual([
    'C9 run-r: 1 events never came out of the bus: version 4',
    'C9 the bus gave strange, which is not in the journal',
  ]);
});

test('a verdict that the flow does not give is told, unless the history says why', () => {
  const judged = (verdict: string, isCancelled: boolean, ...between: readonly Told[]) =>
    texts(
      verdicts(
        [{ runId: 'r', expected: ['passed'], isCancelled }],
        streamsOf(stream('r', [requested, ...between, ended(verdict)])),
      ),
    );
  expect(judged('passed', false)).toEqual([]);
  expect(judged('failed', false)).toEqual(['verdict run-r: failed (undefined), passed was to come']);
  expect(judged('cancelled', false, { type: 'RunCancelRequested' })).toHaveLength(1);
  expect(judged('cancelled', true, { type: 'RunCancelRequested' })).toEqual([]);
  expect(judged('error', false)).toHaveLength(1);
  expect(judged('error', false, { type: 'StepOutcomeUnknown' })).toEqual([]);
  const taken = [claimed('one', 1, 1), { type: 'ResourceOpened', epoch: 1 }];
  expect(judged('error', false, ...taken)).toHaveLength(1);
  expect(judged('error', false, ...taken, claimed('two', 2, 2))).toEqual([]);
});

test('whoever follows live and is told an event twice, out of order, or not at all is noticed', () => {
  const judged = (...versions: number[]) => texts(followed([{ runId: 'r', versions }], streamsOf(good)));
  expect(judged(1, 2, 3, 4)).toEqual([]);
  expect(judged(1, 2, 2, 3, 4)).toEqual(['live run-r: event 2 was told at place 3']);
  expect(judged(1, 3, 4)).toEqual(['live run-r: event 3 was told at place 2']);
  expect(judged(1, 2, 3)).toEqual(['live run-r: 3 of its 4 events were told']);
});
