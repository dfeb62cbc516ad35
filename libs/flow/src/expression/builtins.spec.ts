import { describe, expect, test } from '@jest/globals';
import type { Value } from '@testmesh/domain';
import { builtinNames, type DrawSources, drawBuiltin } from './builtins.ts';
import { fakers } from './fakers.ts';

/** The same sequence each time, as a seeded run has. */
const sources = (): DrawSources => {
  let state = 7;
  const random = () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
  return { now: Date.UTC(2026, 10, 21, 3, 4, 5, 678), random, uuid: () => '00000000-0000-4000-8000-000000000000' };
};

const drawn = (name: string, ...args: readonly Value[]): Value => drawBuiltin(name, args, sources());

describe('time', () => {
  test.each<[string, Value]>([
    ['TIMESTAMP', 1_795_230_245],
    ['ISO_TIMESTAMP', '2026-11-21T03:04:05.678Z'],
    ['DATE', '2026-11-21'],
    ['TIME', '03:04:05'],
    ['DATETIME', '2026-11-21 03:04:05'],
    ['YEAR', '2026'],
    ['MONTH', '11'],
    ['DAY', '21'],
    ['HOUR', '03'],
    ['MINUTE', '04'],
    ['SECOND', '05'],
  ])('%s', (name, value) => expect(drawn(name)).toBe(value));
});

test('RANDOM_INT includes both ends', () => {
  const given = sources();
  const seen = new Set(Array.from({ length: 200 }, () => drawBuiltin('RANDOM_INT', [1, 3], given)));
  expect([...seen].sort()).toEqual([1, 2, 3]);
});

test('RANDOM_STRING has the length that was asked for', () => {
  expect(drawn('RANDOM_STRING', 12)).toMatch(/^[a-z]{12}$/);
  expect(drawn('RANDOM_STRING')).toMatch(/^[a-z]{8}$/);
});

test('the same randomness gives the same values, and other randomness others', () => {
  for (const name of Object.keys(fakers)) {
    expect(drawn(`FAKER.${name}`)).toEqual(drawn(`FAKER.${name}`));
    expect(['string', 'number', 'boolean']).toContain(typeof drawn(`FAKER.${name}`));
  }
  const given = sources();
  const emails = new Set(Array.from({ length: 50 }, () => drawBuiltin('FAKER.internet.email', [], given)));
  expect(emails.size).toBeGreaterThan(40);
});

test('made-up addresses reach nobody', () => {
  expect(drawn('FAKER.internet.email')).toMatch(/@example\.com$/);
  expect(drawn('FAKER.internet.url')).toMatch(/\.example\.com$/);
  expect(drawn('FAKER.internet.ip')).toMatch(/^192\.0\.2\./);
});

test('FAKER.datatype.number keeps to its bounds', () => {
  expect(drawn('FAKER.datatype.number', 18, 18)).toBe(18);
});

test('names that are constant within a run are built in and never drawn', () => {
  for (const name of ['RANDOM_ID', 'RUN_ID', 'FLOW_NAME', 'EXECUTION_ID']) {
    expect(builtinNames.has(name)).toBe(true);
    expect(() => drawn(name)).toThrow(/no built-in that can be drawn/);
  }
  expect(() => drawn('constructor')).toThrow(/no built-in that can be drawn/);
});
