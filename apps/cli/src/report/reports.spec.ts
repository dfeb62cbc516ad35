import { expect, test } from '@jest/globals';
import { reportSchema } from '@testmesh/contracts';
import { jsonText, junitText, type SuiteResult } from '@testmesh/views';
import { githubText, tapText, totalLine } from './line-reports.ts';
import { chooseReporters } from './reporters.ts';
import { flow, report, span, suite } from './reports.fixture.ts';

test('the JSON report fits its published schema and keeps the digits of numbers', () => {
  const text = jsonText(suite);
  const parsed = reportSchema.parse(JSON.parse(text));
  expect(parsed.summary).toEqual({ flows: 2, passed: 0, failed: 1, errors: 0, skipped: 1, durationMs: 55 });
  expect(parsed.flows[0]?.steps.map(({ id, status }) => `${id} ${status}`)).toEqual([
    'login passed',
    'place_order failed',
    'never not run',
    'unreachable error',
    'optional skipped',
  ]);
  expect(text).toContain('"actual": 9007199254740993');
  expect(parsed.flows[0]?.steps[1]?.assertions[0]).toMatchObject({ line: 10, column: 11, passed: false });
});

test('the JSON report says by which error a flow ended, and the code is that of `explain`', () => {
  const error = { code: 'TM5070', message: 'nothing was checked', help: 'add an assert to a step', span: span(4) };
  const ended: SuiteResult = { ...suite, flows: [{ ...flow, report: { ...report, error } }] };
  const [shown] = reportSchema.parse(JSON.parse(jsonText(ended))).flows;
  expect(shown?.error).toMatchObject({ code: 'TM5070', help: 'add an assert to a step', line: 4 });
  expect(reportSchema.parse(JSON.parse(jsonText(suite))).flows[0]).not.toHaveProperty('error');
});

test('JUnit tells failures from errors and skips, and marks flaky steps', () => {
  const text = junitText(suite);
  expect(text).toContain('<testsuites name="testmesh" tests="6" failures="1" errors="1" skipped="3" time="0.055">');
  expect(text).toContain(
    '<testsuite name="Order: all, of it" file="flows/order.yaml" tests="5" failures="1" errors="1" skipped="2"',
  );
  expect(text).toContain('<flakyFailure message="status == 200" type="assertion"/>');
  expect(text).toContain('<error message="nothing listens at localhost:5001" type="ECONNREFUSED">');
  expect(text).toContain('<skipped message="when is false"/>');
  expect(text).toContain('100% &lt;wrong&gt; &amp; &quot;odd&quot;\ufffd');
});

test('GitHub annotations point at the line and escape what the runner would read as its own', () => {
  const [first] = githubText(suite).split('\n');
  expect(first).toBe(
    '::error file=flows/order.yaml,line=10,endLine=10,col=11,title=Order%3A all%2C of it::place_order: body.total == 59.98 — got 9007199254740993 (100%25 <wrong> & "odd"\u0001)',
  );
});

test('TAP 14 has a point per flow and a subtest per step', () => {
  const lines = tapText(suite).split('\n');
  expect(lines.slice(0, 4)).toEqual(['TAP version 14', '1..2', '# Subtest: Order: all, of it', '    1..5']);
  expect(lines).toContain('    not ok 2 - place_order');
  expect(lines).toContain('    ok 5 - optional # SKIP when is false');
  expect(lines).toContain('not ok 1 - flows/order.yaml: Order: all, of it');
  expect(lines).toContain('ok 2 - b.yaml: b # SKIP not started: --fail-fast');
});

test('the total counts every flow once', () => {
  expect(totalLine(suite)).toBe('2 flows: 0 passed, 1 failed, 0 errors, 1 skipped in 55 ms\n');
});

test('reports in files leave the terminal its own; GitHub Actions gets annotations beside it', () => {
  expect(chooseReporters(['junit=out/j.xml'], false)).toEqual([
    { name: 'pretty' },
    { name: 'junit', file: 'out/j.xml' },
  ]);
  expect(chooseReporters([], true)).toEqual([{ name: 'pretty' }, { name: 'github' }]);
  expect(chooseReporters(['json'], true)).toEqual([{ name: 'json' }]);
  expect(() => chooseReporters(['json', 'lines'], false)).toThrow('must be the only thing');
  expect(() => chooseReporters(['junit='], false)).toThrow('names no file');
});
