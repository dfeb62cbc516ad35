// The jexl package is the oracle: what a Jexl user writes means the same here, where both have the construct.
import { describe, expect, test } from '@jest/globals';
import type { Value } from '@testmesh/domain';
import fc from 'fast-check';
import { Jexl } from 'jexl';
import { scopeOf, worked } from './scope.fixture.ts';

const values = {
  a: 1,
  b: 7,
  c: -3,
  s: 'ab',
  t: 'b',
  yes: true,
  no: false,
  user: { name: 'Ada', age: 41, tags: ['x', 'y'] },
  list: [1, 7, 9],
  people: [
    { name: 'Ada', age: 41 },
    { name: 'Bob', age: 7 },
  ],
} as const satisfies Record<string, Value>;

const jexl = new Jexl();
jexl.addTransform('upper', (text: string) => text.toUpperCase());
jexl.addTransform('lower', (text: string) => text.toLowerCase());

// Each is well typed, so that Jexl's conversions never come into play; parentheses keep to what is the same in both.
const { number, text, boolean } = fc.letrec<{ number: string; text: string; boolean: string }>((tie) => ({
  number: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.integer({ min: 0, max: 50 }).map(String),
    fc.constantFrom(
      'a',
      'b',
      'c',
      'user.age',
      'list[1]',
      'people[0].age',
      'user["age"]',
      'people[.age > 10][0].age',
      '-4',
    ),
    fc.tuple(tie('number'), fc.constantFrom('+', '-', '*'), tie('number')).map((parts) => parts.join(' ')),
    fc
      .tuple(tie('number'), fc.constantFrom('%', '//'), fc.integer({ min: 1, max: 9 }))
      .map(([left, sign, right]) => `((${left}) ${sign} ${right})`),
    fc
      .tuple(tie('boolean'), tie('number'), tie('number'))
      .map(([test, then, other]) => `((${test}) ? ${then} : ${other})`),
    tie('number').map((inner) => `(${inner})`),
  ),
  text: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.constantFrom(
      "'ab'",
      '"b"',
      's',
      't',
      'user.name',
      'people[1].name',
      "people[.name == 'Bob'][0].name",
      "'it\\'s'",
    ),
    tie('text').map((inner) => `(${inner})|upper|lower`),
    fc.tuple(tie('text'), tie('text')).map(([left, right]) => `(${left} + ${right})`),
  ),
  boolean: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.constantFrom('yes', 'no', 'true', 'false'),
    fc
      .tuple(tie('number'), fc.constantFrom('==', '!=', '<', '<=', '>', '>='), tie('number'))
      .map((parts) => parts.join(' ')),
    fc.tuple(tie('text'), fc.constantFrom('==', '!='), tie('text')).map((parts) => parts.join(' ')),
    fc.tuple(tie('text'), tie('text')).map((parts) => parts.join(' in ')),
    fc.tuple(tie('number'), fc.constantFrom('list', '[1, 2, 7]')).map(([item, list]) => `(${item}) in ${list}`),
    fc
      .tuple(tie('boolean'), fc.constantFrom('&&', '||'), tie('boolean'))
      .map(([left, sign, right]) => `((${left}) ${sign} (${right}))`),
    tie('boolean').map((inner) => `!(${inner})`),
  ),
}));

const agree = (source: string): void => {
  const theirs: unknown = jexl.evalSync(source, { ...values });
  // JSON knows no negative zero, and neither do we.
  expect({ source, ...worked(source, scopeOf(values)) }).toEqual({ source, value: theirs === 0 ? 0 : theirs });
};

describe('generated expressions of the common subset', () => {
  test('numbers', () => fc.assert(fc.property(number, agree), { numRuns: 250 }));
  test('texts', () => fc.assert(fc.property(text, agree), { numRuns: 100 }));
  test('booleans', () => fc.assert(fc.property(boolean, agree), { numRuns: 250 }));
});

describe('written out', () => {
  test.each([
    'a ?: b',
    'no ?: b',
    'yes ? no ? 1 : 2 : 3',
    '2 + 3 * 4 - 1',
    '10 - 3 - 2',
    '2 * 3 + 4 * 5',
    'a == 1 && b == 7 && c == -3',
    'a + b == 8',
    '!yes == no',
    '{x: 1, y: {z: [1, 2]}}',
    '{x: {y: 2}}.x.y',
    '[1, [2, 3]]',
    'people[.age > 10]',
    'people[.age > a]',
    "people[.name == 'Bob' && .age < 10][0].age",
    "'x' in user.tags",
    's|upper',
    'yes ? s|upper : t',
    '7 // 2 * 2',
    '3 - -2',
    "'a\\\\b'",
  ])('%s', agree);
});
