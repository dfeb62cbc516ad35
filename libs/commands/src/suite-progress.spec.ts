import { expect, test } from '@jest/globals';
import { type MemberStatus, startable } from './suite-progress.ts';

/** `1p` is a parallel part of order 1, `2` one of order 2 that waits for all before it. */
const turns = (parts: string, statuses: string) => {
  const members = parts
    .split(' ')
    .map((part) => ({ position: Number.parseInt(part, 10), parallel: part.endsWith('p') }));
  const letters: Readonly<Record<string, MemberStatus>> = { w: 'waiting', r: 'running', c: 'completed', f: 'failed' };
  return startable(
    members,
    [...statuses].map((letter) => ({ status: letters[letter] ?? 'waiting' })),
  );
};

test.each([
  ['1 2', 'ww', [0]],
  ['1 2', 'rw', []],
  ['1 2', 'cw', [1]],
  ['1 2', 'fw', [1]],
  ['1p 1p 2', 'www', [0, 1]],
  ['1p 1p 2', 'rcw', []],
  ['1p 1p 2', 'ccw', [2]],
  ['1p 1p 1', 'www', [0, 1]],
  ['1p 1p 1', 'rcw', []],
  ['1p 1 1p', 'cww', [1]],
  ['1p 1 1p', 'crw', []],
  ['1p 1 1p', 'ccw', [2]],
  ['1p 2p', 'rw', []],
  ['1', 'c', []],
])('of %s in the states %s it is the turn of %j', (parts, statuses, expected) => {
  expect(turns(parts, statuses)).toEqual(expected);
});
