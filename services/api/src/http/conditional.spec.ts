import { expect, test } from '@jest/globals';
import { expectedVersion, requiredVersion } from './conditional.ts';

test.each([
  [undefined, undefined],
  ['*', undefined],
  ['"3"', 3],
  [' "3" ', 3],
  ['"1", "2"', [1, 2]],
  ['"1",, "2"', [1, 2]],
  // Compared strongly, a weak tag fits nothing; one that is none of ours fits no version.
  ['W/"3"', -1],
  ['W/"3", "4"', [-1, 4]],
  ['"abc"', -1],
])('If-Match %j is version %j', (given, version) => {
  expect(expectedVersion({ 'if-match': given })).toEqual(version);
});

test.each(['3', '"3', 'w/"3"', '"1" "2"', '"a b"'])('If-Match %s is no list of tags', (given) => {
  expect(() => expectedVersion({ 'if-match': given })).toThrow('looks like "3"');
});

test('a change that needs a version is refused without one', () => {
  expect(() => requiredVersion({})).toThrow('send If-Match');
});
