import { expect, test } from '@jest/globals';
import { strangeTextIn } from './strange-text.ts';

test.each([
  [{ name: 'a\0' }, { path: ['name'], what: 'the character U+0000' }],
  [{ list: ['fine', { 'a\0': 1 }] }, { path: ['list', '1'], what: 'a key with the character U+0000' }],
  [{ headers: { X: '\ud800' } }, { path: ['headers', 'X'], what: 'half of a surrogate pair' }],
  ['x\udc00y', { path: [], what: 'half of a surrogate pair' }],
])('%j is found where it stands', (value, found) => {
  expect(strangeTextIn(value)).toEqual(found);
});

test.each([[{ name: 'tab\t, bell\u0007, ✓, \u{1f600}' }], [[1, null, true, undefined]], [undefined]])(
  '%j can be kept and shown',
  (value) => {
    expect(strangeTextIn(value)).toBeUndefined();
  },
);
