import { expect, test } from '@jest/globals';
import type { ActionContext } from '@testmesh/action-kit';
import type { Step } from '@testmesh/flow';
import { broken, fakeAction, flow, ok, stepOf } from '@testmesh/testing';
import fc from 'fast-check';
import { run, untilAborted } from './run.fixture.ts';

// E91 and E61 for any flow: whatever its steps do, and whenever somebody cancels, teardown runs and nothing stays open.

type Kind = 'pass' | 'fail' | 'error' | 'throw' | 'hang' | 'undefined' | 'open';
const kind = fc.constantFrom<Kind>('pass', 'fail', 'error', 'throw', 'hang', 'undefined', 'open');

interface Plan {
  readonly shape: 'action' | 'parallel' | 'forEach' | 'condition' | 'wait';
  readonly kinds: readonly Kind[];
  readonly excused: boolean;
}
const plan: fc.Arbitrary<Plan> = fc.record({
  shape: fc.constantFrom('action', 'parallel', 'forEach', 'condition', 'wait'),
  kinds: fc.array(kind, { minLength: 1, maxLength: 3 }),
  excused: fc.boolean(),
});

const leaf = (id: string, what: Kind, excused: boolean): Step =>
  stepOf.action(id, {
    config: what === 'undefined' ? { a: '${nobody}' } : { what },
    assert: what === 'fail' ? ['what == "other"'] : [],
    timeoutMs: 5000,
    onError: excused ? 'continue' : 'fail',
  });

const stepFrom = ({ shape, kinds, excused }: Plan, at: number): Step => {
  const inner = kinds.map((what, n) => leaf(`s${at}_${n}`, what, excused));
  const id = `c${at}`;
  if (shape === 'parallel') return stepOf.parallel(id, Object.fromEntries(inner.map((step, n) => [`b${n}`, [step]])));
  if (shape === 'forEach') return stepOf.forEach(id, [1, 2], inner, { maxConcurrent: (at % 2) + 1 });
  if (shape === 'condition') return stepOf.condition(id, '1 == one', inner);
  if (shape === 'wait') return stepOf.waitUntil(id, '1 == one', inner, { maxDurationMs: 3000 });
  return inner[0] ?? leaf(id, 'pass', excused);
};

test('E61, E91: teardown always runs and everything opened is closed', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(plan, { minLength: 1, maxLength: 4 }),
      fc.array(plan, { maxLength: 2 }),
      fc.nat(12),
      async (steps, setup, cancelAt) => {
        const control = new AbortController();
        const open = new Set<string>();
        let calls = 0;
        const opening = (context: ActionContext, key: string) =>
          context.use(
            { kind: 'thing', key, bound: true, scope: 'branch' },
            async () => void open.add(context.stepPath),
            async () => void open.delete(context.stepPath),
          );
        const action = fakeAction(async (config, context) => {
          calls += 1;
          if (calls === cancelAt) control.abort();
          if (config['what'] === 'error') return broken();
          if (config['what'] === 'throw') throw new Error('bug');
          if (config['what'] === 'hang') return untilAborted(context.signal);
          if (config['what'] === 'open') await opening(context, context.stepPath);
          return ok(config);
        });
        let tornDown = 0;
        const teardown = fakeAction(() => {
          tornDown += 1;
          return ok();
        });
        const { events, outcome } = await run(
          flow({
            env: { one: 1 },
            setup: setup.map((each, at) => stepFrom(each, at + 10)),
            steps: steps.map(stepFrom),
            teardown: [leaf('t', 'error', false), stepOf.action('down', { action: 'teardown' })],
          }),
          { actions: { do: action, teardown }, ports: { signal: control.signal } },
        );
        expect(tornDown).toBe(1);
        expect([...open]).toEqual([]);
        expect(events.at(-1)?.type).toBe('RunCompleted');
        expect(outcome.verdict).not.toBe('passed');
        const opened = events.filter(({ type }) => type === 'ResourceOpened').length;
        expect(events.filter(({ type }) => type === 'ResourceClosed')).toHaveLength(opened);
      },
    ),
    { numRuns: 60 },
  );
}, 60_000);
