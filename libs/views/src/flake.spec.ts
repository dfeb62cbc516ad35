import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { flakeOf } from './flake.ts';

const [p, f, c] = ['passed', 'failed', 'cancelled'];

test('a flow that passes and fails by turns is as flaky as can be', () => {
  expect(flakeOf([p, f, p, f, p, f])).toEqual({ runs: 6, passRate: 0.5, transitions: 5, score: 1, isFlaky: true });
});

test('a flow that always fails is broken, one that was fixed once is not flaky', () => {
  expect(flakeOf([f, f, f, f, f])).toMatchObject({ score: 0, isFlaky: false, passRate: 0 });
  expect(flakeOf([...Array(30).fill(p), ...Array(2).fill(f)])).toMatchObject({ transitions: 1, isFlaky: false });
});

test('few runs prove nothing, cancelled ones tell nothing, an error is no pass', () => {
  expect(flakeOf([p, f, p])).toMatchObject({ score: expect.any(Number), isFlaky: false });
  expect(flakeOf([p, c, c, p])).toMatchObject({ runs: 2, transitions: 0 });
  expect(flakeOf(['error', 'timed_out'])).toMatchObject({ transitions: 0, passRate: 0 });
  expect(flakeOf([c])).toMatchObject({ runs: 0, passRate: null });
});

test('the score lies between nothing and all, and is the same read from either end', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(p, f, c)), (verdicts) => {
      const { score } = flakeOf(verdicts);
      expect(score).toBeGreaterThanOrEqual(0);
      expect(score).toBeLessThanOrEqual(1);
      expect(flakeOf([...verdicts].reverse())).toEqual(flakeOf(verdicts));
    }),
  );
});
