import { expect, test } from '@jest/globals';
import { type SuiteOutcome, suiteLine, verdictOf } from './outcome.ts';

const suite = (given: Partial<SuiteOutcome>): SuiteOutcome => ({
  name: 'unit',
  passed: 0,
  failed: 0,
  skips: [],
  durationMs: 0,
  words: '',
  ...given,
});

test('the last line counts passed, failed and skipped over all suites', () => {
  const skips = [{ test: 'reads a row', reason: 'no mysql: it is not installed' }];
  const { lines } = verdictOf([suite({ passed: 3 }), suite({ name: 'integration', passed: 4, failed: 1, skips })]);
  expect(lines.at(-1)).toBe('7 passed, 1 failed, 1 skipped');
});

test('the reasons of skipped tests stand before it, each with how many tests it cost', () => {
  const reason = 'no docker: only root can start it';
  const skips = ['a', 'b'].map((name) => ({ test: name, reason }));
  expect(verdictOf([suite({ passed: 1, skips })]).lines.at(-2)).toBe(`skipped 2: ${reason}`);
});

test('what passed only when run again is told by name', () => {
  const { lines, isGreen } = verdictOf([suite({ passed: 2, flaky: ['relay › sends'] })]);
  expect(lines.at(-2)).toBe('flaky (failed once, passed alone): relay › sends');
  expect(isGreen).toBe(true);
});

test('one failure makes it red', () => {
  expect(verdictOf([suite({ passed: 9 }), suite({ failed: 1 })]).isGreen).toBe(false);
});

test('a run without any passed test is red, for nothing was proven', () => {
  expect(verdictOf([]).isGreen).toBe(false);
  expect(verdictOf([suite({ skips: [{ test: 'a', reason: 'b' }] })]).isGreen).toBe(false);
});

test('a suite tells its time', () => {
  expect(suiteLine(suite({ durationMs: 12_340 }))).toContain('12.3 s');
});
