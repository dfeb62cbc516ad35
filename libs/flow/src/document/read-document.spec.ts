import { describe, expect, test } from '@jest/globals';
import type { Node } from '../model/node.ts';
import { plainValue } from '../reading/values.ts';
import { Source } from '../source/source.ts';
import { readDocument } from './read-document.ts';
import { LIMITS } from './yaml-tokens.ts';

const read = (text: string) => readDocument(new Source('a.yaml', text));
const readValue = (text: string) => {
  const { root, diagnostics } = read(text);
  expect(diagnostics).toEqual([]);
  return root && plainValue(root);
};
const found = (text: string) => read(text).diagnostics.map(({ code, span }) => `${code} ${span.line}:${span.column}`);

const REFUSED: readonly (readonly [what: string, text: string, expected: readonly string[]])[] = [
  ['an unclosed quote', 'a: "x', ['TM1001 1:6']],
  ['an unclosed bracket', 'a: [1,\nb: 2', ['TM1001 2:1']],
  ['an indentation that does not fit', ' a: 1\nb: 2', ['TM1001 2:1']],
  ['an escape that double quotes do not know', 'a: "\\d"', ['TM1001 1:5']],
  ['a map as a key', '? { a: 1 }\n: b', ['TM1001 1:3']],
  ['a second document', 'a: 1\n---\nb: 2', ['TM1002 2:1']],
  ['a key given twice', 'a: 1\nb: 2\na: 3', ['TM1003 3:1']],
  ['a leading zero', 'a: 01234', ['TM1004 1:4']],
  ['a negative leading zero', 'a: -007', ['TM1004 1:4']],
  ['a tab', 'a:\n\tb: 1', ['TM1005 2:1']],
  ['a file that is too large', 'a'.repeat(LIMITS.size + 1), ['TM1006 1:1']],
  ['lists nested too deeply', '['.repeat(60), ['TM1007 1:52']],
  ['an alias that is not there', 'a: *b', ['TM1011 1:4']],
  ['an alias within its own anchor', 'a: &a [*a]', ['TM1011 1:8']],
  ['a NUL', 'a: \u0000', ['TM1009 1:4']],
  ['half a character', 'a: \ud800', ['TM1009 1:4']],
  ['bytes that are not UTF-8', new TextDecoder().decode(new Uint8Array([97, 58, 32, 255])), ['TM1009 1:4']],
  ['a tag', 'a: !!binary aGk=', ['TM1012 1:4']],
  ['a tag on a map', 'a: !thing\n  b: 1', ['TM1012 1:4']],
  ['a tag of YAML', 'a: !!set { b }', ['TM1012 1:4']],
  ['a prototype key', '__proto__: 1', ['TM1013 1:1']],
  ['a merge of a text', '<<: a', ['TM1014 1:5']],
  ['nothing', '', ['TM1015 1:1']],
  ['nothing but a comment', '# later\n', ['TM1015 1:1']],
  ['infinity', 'a: -.inf', ['TM1016 1:4']],
];

describe('refused with its place', () => {
  test.each(REFUSED)('%s', (_what, text, expected) => {
    expect(found(text)).toEqual(expected);
  });

  test('aliases that multiply, at once', () => {
    const levels = Array.from({ length: 30 }, (_, level) => `a${level + 1}: &a${level + 1} [*a${level}, *a${level}]`);
    const began = performance.now();
    expect(found(['a0: &a0 [x]', ...levels].join('\n'))).toEqual(['TM1008 17:12']);
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  test.each(['[', '- ', '{a: ', '? '])('a megabyte of %j, at once', (unit) => {
    const began = performance.now();
    expect(found(unit.repeat(LIMITS.size / unit.length)).map((each) => each.slice(0, 6))).toEqual(['TM1007']);
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});

const TRAPS: readonly (readonly [text: string, fix: string])[] = [
  ['- !(status >= 400)', "write '!(status >= 400)'"],
  ['a: !flag', "write '!flag'"],
  ['- "${a}" == "b"', `write '"\${a}" == "b"'`],
  [`- '\${a}' == "b" # both`, `write '''\${a}'' == "b"'`],
  ['a: {{x}}', "write '{{x}}'"],
  ['a: {{x}}/orders', "write '{{x}}/orders'"],
  ['a: [${x}]', "write '${x}'"],
  ['a: { b: ${x} }', "write '${x}'"],
  ['a: [1, ${x}, 2]', "write '${x}'"],
  ['a: ${x ? b : c}', "write '${x ? b : c}'"],
];

describe('a trap of YAML is told with its fix', () => {
  test.each(TRAPS)('%s', (text, fix) => {
    const [diagnostic, ...rest] = read(text).diagnostics;
    expect(rest).toEqual([]);
    expect(diagnostic).toMatchObject({ code: 'TM1010', help: fix });
  });

  test.each(TRAPS)('%s, and the fix is one', (text, fix) => {
    const [diagnostic] = read(text).diagnostics;
    const { column, endColumn } = diagnostic?.span ?? { column: 1, endColumn: 1 };
    const fixed = text.slice(0, column - 1) + fix.slice('write '.length) + text.slice(endColumn - 1);
    expect(read(fixed).diagnostics).toEqual([]);
  });
});

describe('the core schema of YAML 1.2', () => {
  test('types plain scalars and nothing else', () => {
    expect(
      readValue(
        '[1, -1, 1.5, .5, 1., +3, 1e3, 0x1F, 0o17, true, FALSE, null, ~, "1", no, on, 2024-05-01, 01:30, 1_000, nul]',
      ),
    ).toEqual([
      1,
      -1,
      1.5,
      0.5,
      1,
      3,
      1000,
      31,
      15,
      true,
      false,
      null,
      null,
      '1',
      'no',
      'on',
      '2024-05-01',
      '01:30',
      '1_000',
      'nul',
    ]);
  });

  test('keeps the digits of numbers', () => {
    expect(String((readValue('a: 12345678901234567890') as Record<string, unknown>)['a'])).toBe('12345678901234567890');
  });

  test('takes tags at their word', () => {
    expect(readValue('[!!str 5, !!int "5", !!bool "true", !!null ""]')).toEqual(['5', 5, true, null]);
  });

  test('makes text of every key', () => {
    expect(readValue('5432: "0"\ntrue: a\n1.50: b')).toEqual({ '5432': '0', true: 'a', '1.50': 'b' });
  });

  test('merges maps, what is written here first', () => {
    expect(readValue('a: &a { x: 1, y: 1 }\nb: &b { y: 2, z: 2 }\nc: { <<: [*a, *b], x: 0 }')).toMatchObject({
      c: { x: 0, y: 1, z: 2 },
    });
    expect(readValue('a: { "<<": text }')).toEqual({ a: { '<<': 'text' } });
  });
});

describe('every part has its place', () => {
  const at = (node: Node | undefined) =>
    node && `${node.span.line}:${node.span.column}-${node.span.endLine}:${node.span.endColumn}`;

  test('keys and values, also behind a byte order mark', () => {
    for (const text of ['a:\n  - b\n  - "c d"\n', '\ufeffa:\n  - b\n  - "c d"\n']) {
      const { root } = read(text);
      const [entry] = root?.kind === 'map' ? root.entries : [];
      expect(entry?.keySpan).toMatchObject({ line: 1, column: 1, endColumn: 2 });
      const items = entry?.value.kind === 'list' ? entry.value.items : [];
      expect(items.map(at)).toEqual(['2:5-2:6', '3:5-3:10']);
    }
  });

  test('an alias stands where its anchor stands', () => {
    const { root } = read('a: &x hello\nb: *x');
    expect(root?.kind === 'map' && root.entries.map(({ value }) => at(value))).toEqual(['1:7-1:12', '1:7-1:12']);
  });
});
