import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Value } from '@testmesh/domain';
import fc from 'fast-check';
import { parseOutputPath } from '../path/output-path.ts';
import { compileTextTemplate, render } from '../template/template.ts';
import { parseExpression, rootNames } from './expression.ts';
import { loadLibrariesFor } from './libraries.ts';
import { plainText } from './plain-text.ts';
import { scopeOf, worked } from './scope.fixture.ts';

beforeAll(() => loadLibrariesFor('matches $..x'));

const fragments = fc.constantFrom(
  ...[
    'a',
    'b-c',
    'service.x-y',
    '1',
    '.5',
    '"',
    "'",
    '\\',
    '${',
    '{{',
    '}',
    '}}',
    '$${',
    '(',
    ')',
    '[',
    ']',
    '.',
    '?.',
    '?',
    ':',
    ',',
    '#',
    '|',
  ],
  ...[
    '==',
    '!=',
    '<',
    '+',
    '-',
    '*',
    '/',
    '//',
    '%',
    '^',
    '!',
    '&&',
    '||',
    '??',
    ' ',
    '$',
    '$.',
    '..',
    '*',
    '@',
    '\n',
    'é',
    '😀',
    '\u0000',
  ],
  ...[
    'and',
    'or',
    'not',
    'in',
    'is',
    'exists',
    'null',
    'matches',
    'contains',
    'len',
    'all',
    'filter',
    'RANDOM_INT',
    'FAKER',
    '__proto__',
    'constructor',
  ],
);
const anything = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fragments, { maxLength: 30 }).map((parts) => parts.join('')),
  fc.array(fragments, { maxLength: 30 }).map((parts) => parts.join(' ')),
);

const value = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<Value>(null, true, 0, -0, 1e21, 1e-7, 0.1, '', 'text', '__proto__'),
    fc.string(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.string(), tie('value'), { maxKeys: 3 }),
  ),
})).value;

describe('hostile text', () => {
  test('is read or refused, with a place inside it, and evaluates to an outcome', () => {
    fc.assert(
      fc.property(anything, value, (source, a) => {
        const parsed = parseExpression(plainText(source));
        if (parsed.ok) rootNames(parsed.value);
        else expect(parsed.problem.span.column).toBeLessThanOrEqual(source.length + 1);
        worked(source, scopeOf({ a, b: a, c: 1, 'b-c': 2 }));
      }),
      { numRuns: 600 },
    );
  });

  test('is a template or refused', () => {
    fc.assert(
      fc.property(anything, value, (source, a) => {
        const { template, problems } = compileTextTemplate(plainText(source));
        if (problems.length === 0) render(template, scopeOf({ a, b: a }));
      }),
      { numRuns: 600 },
    );
  });

  test('is an output path or refused', () => {
    fc.assert(
      fc.property(anything, (source) => void parseOutputPath(plainText(source))),
      { numRuns: 400 },
    );
  });

  test.each([
    ['braces', '{{'.repeat(20_000)],
    ['placeholders', '${'.repeat(20_000)],
    ['quotes in placeholders', `\${"`.repeat(10_000)],
    ['quotes', '"\'`'.repeat(9_000)],
    ['brackets', '['.repeat(20_000)],
    ['signs', '!'.repeat(20_000)],
    ['minus signs', '-'.repeat(20_000)],
    ['hyphens', `${'a-'.repeat(9_000)}a`],
    ['dots', `a${'.b'.repeat(9_000)}`],
    ['defaults', '${a:'.repeat(10_000)],
    ['a path', `$${'..a'.repeat(6_000)}`],
    ['a name', `${'a'.repeat(19_000)}:`],
  ])('%s without end are answered at once', (_what, source) => {
    const started = performance.now();
    worked(source, scopeOf({ a: 1 }));
    compileTextTemplate(plainText(source));
    parseOutputPath(plainText(source));
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  test('a tree as deep as the limits allow can be walked', () => {
    const chain = 'a+'.repeat(120);
    const source = `${`(${chain}`.repeat(20)}a${')'.repeat(20)} == a`;
    const parsed = parseExpression(plainText(source));
    expect(parsed.ok && rootNames(parsed.value).length).toBe(20 * 120 + 2);
    expect(worked(source, scopeOf({ a: 1 }))).toEqual({ value: false });
    expect(worked(`a == [${'1, '.repeat(3_000)}1]`, scopeOf({ a: 1 }))).toMatchObject({ code: 'TM3006' });
  });

  test('a regular expression that would backtrack for ever answers at once', () => {
    const started = performance.now();
    const scope = scopeOf({ text: `${'a'.repeat(20_000)}!` });
    expect(worked('text matches "^(a+)+$"', scope)).toEqual({ value: false });
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  test('a value nested beyond reason is a problem, not a crash', () => {
    let deep: Value = 1;
    for (let depth = 0; depth < 20_000; depth++) deep = [deep];
    expect(worked('a == b', scopeOf({ a: deep, b: structuredCloneOf(deep) }))).toMatchObject({ code: 'TM3006' });
  });
});

const structuredCloneOf = (deep: Value): Value => {
  let copy: Value = 1;
  for (let level = deep; Array.isArray(level); level = level[0] as Value) copy = [copy];
  return copy;
};

test('no value ever becomes [object Object], an exponent or undefined inside a text', () => {
  const { template } = compileTextTemplate(plainText('<${x}>'));
  fc.assert(
    fc.property(value, (x) => {
      const rendered = render(template, scopeOf({ x }));
      if (!rendered.ok || typeof rendered.value !== 'string') throw new Error('a text was expected');
      if (typeof x !== 'string') expect(rendered.value).not.toMatch(/\[object|undefined|NaN/);
      if (typeof x === 'number') expect(rendered.value).toMatch(/^<-?\d+(\.\d+)?>$/);
    }),
  );
});
