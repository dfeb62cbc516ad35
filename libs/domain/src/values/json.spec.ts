import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson } from './canonical-json.ts';
import { ExactNumber, numberFromText } from './exact-number.ts';
import { parseJson, sorted, stringifyJson, typedText } from './json.ts';
import type { Value } from './value.ts';

const numberText = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.stringMatching(/^(0|[1-9][0-9]{0,20})$/),
    fc.option(fc.stringMatching(/^[0-9]{1,20}$/)),
    fc.option(fc.integer({ min: -20, max: 20 })),
  )
  .map(
    ([sign, whole, digits, power]) =>
      `${sign}${whole}${digits === null ? '' : `.${digits}`}${power === null ? '' : `e${power}`}`,
  );

const key = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'text', '10', '9', 'é', '\u{1f600}'));
const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.string({ unit: 'binary' }),
    numberText.map(numberFromText),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
  ),
}));

// -0 is 0 in JSON text.
const settled = (given: Value): Value => parseJson(stringifyJson(given));

test('a value survives being written and read, digits and all', () => {
  fc.assert(fc.property(value, (given) => expect(parseJson(stringifyJson(settled(given)))).toEqual(settled(given))));
});

test.each([
  '9007199254740993',
  '-9007199254740993',
  '10000000000000001',
  '1.0000000000000001',
  '0.10000000000000000555',
  '1e400',
])('the digits of %s are kept wherever it stands', (text) => {
  for (const around of [text, `[${text}]`, `{"a":${text}}`, `[1, ${text}]`])
    expect(stringifyJson(parseJson(around)).replaceAll(/\s/g, '')).toBe(around.replaceAll(/\s/g, ''));
  expect(parseJson(text)).toBeInstanceOf(ExactNumber);
});

test('whole numbers of 16 digits below 2^53 and decimals of 15 are plain numbers', () => {
  for (const text of ['8999999999999999', '1795247717149165', '9007199254740991', '123.456789012345'])
    expect(parseJson(`[${text}]`)).toEqual([Number(text)]);
});

test('the fast path of the parser keeps what the slow one keeps', () => {
  fc.assert(
    fc.property(numberText, fc.constantFrom('', ' ', '\n'), (text, space) => {
      const wanted = numberFromText(text);
      for (const json of [text, `[${space}${text}${space}]`, `{"a":${space}${text},"b":1}`, `[0,${text}${space},2]`]) {
        expect(numberIn(parseJson(json))).toStrictEqual(wanted);
      }
    }),
    { numRuns: 1000 },
  );
});

const numberIn = (parsed: Value): Value => {
  if (Array.isArray(parsed)) return (parsed.length === 1 ? parsed[0] : parsed[1]) as Value;
  return typeof parsed === 'object' && parsed !== null && 'a' in parsed ? (parsed['a'] as Value) : parsed;
};

test('digits inside texts are left alone', () => {
  expect(parseJson('{"id":"12345678901234567890","v":[ 1e5 ],"t":", 9007199254740993,"}')).toEqual({
    id: '12345678901234567890',
    v: [100_000],
    t: ', 9007199254740993,',
  });
});

test('equal values give equal canonical bytes, whatever the order of their keys', () => {
  const shuffled = (given: Value): Value => {
    if (Array.isArray(given)) return given.map(shuffled);
    if (given === null || typeof given !== 'object' || given instanceof ExactNumber) return given;
    return Object.fromEntries(
      Object.entries(given)
        .reverse()
        .map(([name, item]) => [name, shuffled(item)]),
    );
  };
  fc.assert(fc.property(value, (given) => canonicalJson(shuffled(given)) === canonicalJson(given)));
});

test('canonical JSON is JSON that means the same', () => {
  fc.assert(fc.property(value, (given) => expect(parseJson(canonicalJson(settled(given)))).toEqual(settled(given))));
});

test('canonical JSON is what its definition says, for values in order and out of it', () => {
  const defined = (given: Value): string => {
    if (given === null || typeof given !== 'object') return JSON.stringify(given);
    if (given instanceof ExactNumber) return given.text;
    if (Array.isArray(given)) return `[${given.map(defined).join(',')}]`;
    const members = Object.entries(given).sort(([one], [other]) => (one < other ? -1 : 1));
    return `{${members.map(([name, item]) => `${JSON.stringify(name)}:${defined(item)}`).join(',')}}`;
  };
  const same = (given: Value) => canonicalJson(given) === defined(given);
  fc.assert(
    fc.property(value, (given) => same(given) && same(parseJson(canonicalJson(given))) && same([1, { a: given }])),
    { numRuns: 500 },
  );
});

test('canonical keys stand in the order of their code units, without undefined ones', () => {
  expect(canonicalJson({ b: 1, '9': 2, '10': 3, a: { z: null, y: new ExactNumber('1.10') } })).toBe(
    '{"10":3,"9":2,"a":{"y":1.10,"z":null},"b":1}',
  );
  expect(canonicalJson({ a: undefined as unknown as Value, b: [Number.NaN] })).toBe('{"b":[null]}');
});

test('a sorted value is the same value, in the order in which canonical JSON reads back', () => {
  fc.assert(
    fc.property(value, (given) => stringifyJson(sorted(given)) === stringifyJson(parseJson(canonicalJson(given)))),
  );
});

test('a key named __proto__ is a key', () => {
  const parsed = parseJson('{"__proto__":{"x":9007199254740993}}');
  expect(Object.keys(parsed as object)).toEqual(['__proto__']);
  expect(canonicalJson(parsed)).toBe('{"__proto__":{"x":9007199254740993}}');
});

test('JSON that does not parse throws, as JSON.parse does', () => {
  expect(() => parseJson('{"a":}')).toThrow(SyntaxError);
  expect(stringifyJson(undefined)).toBe('null');
  expect(stringifyJson({ a: [1] }, 2)).toBe('{\n  "a": [\n    1\n  ]\n}');
});

test.each<[string, Value]>([
  ['5', 5],
  ['-5', -5],
  ['0', 0],
  ['5.5', 5.5],
  ['0.0000001', 1e-7],
  ['1000000000000000000000000', 1e24],
  ['12345678901234567890', new ExactNumber('12345678901234567890')],
  ['true', true],
  ['false', false],
  ['True', 'True'],
  ['null', 'null'],
  ['05', '05'],
  ['5.0', '5.0'],
  ['5.', '5.'],
  ['+5', '+5'],
  ['-0', '-0'],
  ['1e5', '1e5'],
  [' 5', ' 5'],
  ['', ''],
])('the text %j from outside becomes %j', (text, expected) => {
  expect(typedText(text)).toStrictEqual(expected);
});

test('a text that becomes a number would be written the same', () => {
  fc.assert(
    fc.property(fc.oneof(numberText, fc.string()), (text) => {
      const typed = typedText(text);
      return typeof typed === 'string' || typeof typed === 'boolean' || Number(stringifyJson(typed)) === Number(text);
    }),
  );
});
