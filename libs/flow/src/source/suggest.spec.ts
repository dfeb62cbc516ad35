import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { didYouMean, suggest } from './suggest.ts';

test.each([
  ['methid', ['method', 'url'], 'method'],
  ['mehtod', ['method', 'url'], 'method'],
  ['userId', ['user_id', 'order_id'], 'user_id'],
  ['user-id', ['user_id'], 'user_id'],
  ['stauts', ['status', 'steps'], 'status'],
  ['id', ['if'], 'if'],
  ['http_reqest', ['grpc_request', 'http_request'], 'http_request'],
])('%s is near to one of %j', (name, candidates, nearest) => {
  expect(suggest(name, candidates)).toBe(nearest);
});

test.each([
  ['xyz', ['method', 'url']],
  ['a', ['b', 'c']],
  ['order', ['user', 'price']],
  ['name', []],
])('%s is near to none of %j', (name, candidates) => {
  expect(suggest(name, candidates)).toBeUndefined();
  expect(didYouMean(name, candidates)).toEqual({});
});

const slip = fc.tuple(
  fc.stringMatching(/^[a-z]{6,12}$/),
  fc.nat(5),
  fc.constantFrom('drop', 'double', 'replace', 'swap'),
);

test('any single slip in a longer word is recognised', () =>
  fc.assert(
    fc.property(slip, ([word, at, kind]) => {
      const [before, here, next, after] = [
        word.slice(0, at),
        word.slice(at, at + 1),
        word.slice(at + 1, at + 2),
        word.slice(at + 2),
      ];
      const slipped = {
        drop: before + next + after,
        double: before + here + here + next + after,
        replace: `${before}#${next}${after}`,
        swap: before + next + here + after,
      }[kind];
      fc.pre(slipped !== word);
      expect(suggest(slipped, [word])).toBe(word);
    }),
  ));
