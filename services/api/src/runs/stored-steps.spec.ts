import { expect, test } from '@jest/globals';
import { canonicalJson, type Value } from '@testmesh/domain';
import { type StepReport, stepOutlines } from '@testmesh/views';
import fc from 'fast-check';
import { storedSteps } from './stored-steps.ts';
import { stepsOf } from './wire.ts';

const span = { file: 'f.yaml', line: 1, column: 1, endLine: 1, endColumn: 2 };
/** Values that have in them what the text around them is recognised by. */
const value = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Value>;
const strange = fc.oneof(
  value,
  fc.constantFrom<Value>('"steps":[', '}],"output":', '\\', '\\"', '{', ']', 'ä → 🎉', '', -0.5, 1e21, true, null),
  fc.dictionary(fc.constantFrom('steps', 'output', 'captured', 'a"b', '\\', 'é'), value, { maxKeys: 4 }),
);

const { step: steps } = fc.letrec<{ step: readonly StepReport[] }>((tie) => ({
  step: fc.array(
    fc
      .record(
        {
          title: fc.string(),
          output: strange,
          exchange: fc.record({ kind: fc.constant('http'), summary: fc.string(), request: strange }),
          attempts: fc.array(fc.record({ status: fc.constant('passed'), failures: fc.array(fc.string()) })),
          captured: fc.dictionary(fc.string(), strange, { maxKeys: 2 }),
          assertions: fc.array(fc.record({ expression: fc.string() }), { maxLength: 2 }),
          steps: fc.oneof({ maxDepth: 2, withCrossShrink: true }, fc.constant([]), tie('step')),
        },
        { requiredKeys: ['attempts', 'captured', 'assertions', 'steps'] },
      )
      .map(
        (given) =>
          ({
            ...{ path: 'p', id: 'p', phase: 'steps', action: 'log', span, status: 'passed', excused: false },
            ...{ durationMs: 1.5, checks: 0 },
            ...given,
          }) as unknown as StepReport,
      ),
    { maxLength: 3 },
  ),
}));

test('the steps put together from what is stored are those of the report', () => {
  fc.assert(
    fc.property(steps, strange, fc.nat(6), fc.integer({ min: 1, max: 6 }), (given, other, offset, limit) => {
      const outlines = stepOutlines(given, 'r1', new Map([['p', { startedAt: 1e15 }]]));
      const report = {
        name: 'checkout',
        outputs: { steps: other },
        sources: { steps: '[' },
        steps: given,
        tags: ['"'],
      };
      const stored = [canonicalJson(report as unknown as Value), JSON.stringify(outlines)].map((text) =>
        Buffer.from(text),
      );
      const [kept, outline] = stored as [Buffer, Buffer];
      const all = stepsOf(given, outlines);
      const whole = JSON.parse(JSON.stringify({ steps: all, total: all.length }));
      const body = storedSteps(kept, outline);
      expect(JSON.parse(body.toString())).toEqual(whole);
      const page = JSON.parse(storedSteps(kept, outline, { offset, limit }).toString());
      expect(page).toEqual({ ...whole, steps: whole.steps.slice(offset, offset + limit) });
    }),
  );
});

const REPORT = '{"steps":[{"attempts":[],"steps":[]}]}';
const OUTLINE = '[{"id":"p"}]';
const of = (report: string, outline: string) => storedSteps(Buffer.from(report), Buffer.from(outline));

test('an outline of other steps is refused', () => {
  expect(of(REPORT, OUTLINE).toString()).toContain('"id":"p","attempts":[],"assertions":null');
  expect(() => of(REPORT, '[]')).toThrow('step 1 of the report is not in the outline');
  expect(() => of(REPORT, '[{"id":"p"},{"id":"q"}]')).toThrow('step 2 of the outline is not in the report');
});

test('what is stored and ends too early is refused, wherever it does', () => {
  for (let length = 0; length < REPORT.length; length++) {
    expect(() => of(REPORT.slice(0, length), OUTLINE)).toThrow('no JSON');
  }
  for (let length = 0; length < OUTLINE.length; length++) {
    expect(() => of(REPORT, OUTLINE.slice(0, length))).toThrow('no JSON');
  }
  expect(() => of('\x1b\x02\x00', OUTLINE)).toThrow('no JSON');
});
