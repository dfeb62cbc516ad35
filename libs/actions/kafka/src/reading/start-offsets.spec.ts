import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isNewer, readFrom, recordable, recorded } from './start-offsets.ts';

const offsets = fc
  .array(fc.tuple(fc.nat(64), fc.bigInt({ min: 0n, max: 2n ** 63n - 1n })), { maxLength: 8 })
  .map((entries) => new Map(entries));

test('S3: recorded offsets come back as they were, also through JSON', () => {
  fc.assert(
    fc.property(offsets, (some) => {
      const through = JSON.parse(JSON.stringify(recordable(some))) as Record<string, string>;
      expect(recorded(through)).toEqual(some);
    }),
  );
});

test("a private read begins at the run's start", () => {
  expect(
    readFrom([0, 1], {
      runStart: new Map([
        [0, 5n],
        [1, 9n],
      ]),
    }),
  ).toEqual(
    new Map([
      [0, 5n],
      [1, 9n],
    ]),
  );
});

test('S1: a partition that appeared since is read from 0', () => {
  expect(readFrom([0, 1], { runStart: new Map([[0, 5n]]) })).toEqual(
    new Map([
      [0, 5n],
      [1, 0n],
    ]),
  );
  expect(readFrom([0], { runStart: recorded({}) })).toEqual(new Map([[0, 0n]]));
});

test('from the beginning is from the oldest offset that is kept', () => {
  expect(readFrom([0], { runStart: new Map([[0, 5n]]), oldest: new Map([[0, 2n]]) })).toEqual(new Map([[0, 2n]]));
});

test('a group goes on where it committed; without a commit it begins as anybody', () => {
  const runStart = new Map([
    [0, 5n],
    [1, 9n],
  ]);
  const committed = new Map([[0, 3n]]);
  expect(readFrom([0, 1], { runStart, committed })).toEqual(
    new Map([
      [0, 3n],
      [1, 9n],
    ]),
  );
  const oldest = new Map([
    [0, 0n],
    [1, 0n],
  ]);
  expect(readFrom([0, 1], { runStart, committed, oldest })).toEqual(
    new Map([
      [0, 3n],
      [1, 0n],
    ]),
  );
});

test("S2: newer means at or after the end the partition had at the run's start", () => {
  const runStart = new Map([[0, 5n]]);
  expect([4n, 5n, 6n].map((offset) => isNewer(runStart, 0, offset))).toEqual([false, true, true]);
  expect(isNewer(runStart, 7, 0n)).toBe(true);
});
