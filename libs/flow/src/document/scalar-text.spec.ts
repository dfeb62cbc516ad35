import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Document, parseDocument, Scalar } from 'yaml';
import type { Node, ScalarNode } from '../model/node.ts';
import { Source } from '../source/source.ts';
import { readDocument } from './read-document.ts';

const scalarIn = (text: string): ScalarNode => {
  const { root } = readDocument(new Source('a.yaml', text));
  const find = (node: Node | undefined): Node | undefined => {
    if (node?.kind === 'map') return find(node.entries[0]?.value);
    return node?.kind === 'list' ? find(node.items[0]) : node;
  };
  const node = find(root);
  if (node?.kind !== 'scalar') throw new Error(`no scalar in ${text}`);
  return node;
};

/** What stands in the file where a part of the value is said to be. */
const quoted = (text: string, part: string): string => {
  const { text: scalar } = scalarIn(text);
  const start = scalar.value.indexOf(part);
  expect(start).toBeGreaterThanOrEqual(0);
  const { line, column, endLine, endColumn } = scalar.span(start, start + part.length);
  const lines = text.split('\n');
  if (line === endLine) return (lines[line - 1] ?? '').slice(column - 1, endColumn - 1);
  return [
    lines[line - 1]?.slice(column - 1),
    ...lines.slice(line, endLine - 1),
    lines[endLine - 1]?.slice(0, endColumn - 1),
  ].join('\n');
};

describe('a part of a scalar is found in the file', () => {
  test.each([
    ['plain', 'a: status == user_id'],
    ['in double quotes', 'a: "status == user_id"'],
    ['behind escapes', 'a: "\\u00e9 \\"x\\" \\U0001F600 == user_id"'],
    ['in single quotes', "a: 'it''s user_id'"],
    ['in a literal block', 'a: |\n  SELECT 1\n    WHERE user_id = 1\n'],
    ['in a folded block', 'a: >\n  SELECT\n  *\n\n    more\n  WHERE user_id = 1\n'],
    ['in a block with an indentation of its own', 'a: |2\n    two more\n    user_id\n'],
    ['in a folded plain text', 'a: one\n  two\n\n  user_id'],
    ['in a folded quoted text', 'a: "one  \n   two\\\n   user_id"'],
    ['behind a carriage return', 'a: "one\r\n   user_id"'],
    ['in a list', '- [ "${user_id}" ]'],
  ])('%s', (_what, text) => {
    expect(quoted(text, 'user_id')).toBe('user_id');
  });

  test('over a fold', () => {
    expect(quoted('a: >\n  one\n  two\n', 'one two')).toBe('one\n  two');
  });

  test('at its end', () => {
    const { text } = scalarIn('a: "xy"');
    expect(text.span(2, 2)).toMatchObject({ line: 1, column: 7 });
  });
});

const STYLES = [
  Scalar.PLAIN,
  Scalar.QUOTE_SINGLE,
  Scalar.QUOTE_DOUBLE,
  Scalar.BLOCK_FOLDED,
  Scalar.BLOCK_LITERAL,
] as const;
const word = fc.stringMatching(/^[a-z${}.'"\\é-]{1,8}$/);
const written = fc.array(fc.tuple(word, fc.constantFrom(' ', '\n', '\n\n', '  ', ' ')), {
  minLength: 1,
  maxLength: 12,
});

const writtenFaithfully = (text: string, value: string): boolean => {
  const document = parseDocument(text, { schema: 'failsafe' });
  return document.errors.length === 0 && document.getIn(['key', 0]) === value;
};

test('whatever its style, each visible character of a value is where it is said to be', () =>
  fc.assert(
    fc.property(written, fc.constantFrom(...STYLES), fc.constantFrom(20, 80), (words, style, lineWidth) => {
      const value = words.flat().join('').trim();
      const scalar = new Scalar(value);
      scalar.type = style;
      const text = new Document({ key: [scalar] }).toString({ lineWidth });
      // The writer itself breaks some texts that begin with a dash or a bracket; only what it wrote faithfully counts.
      fc.pre(writtenFaithfully(text, value));
      const found = scalarIn(text).text;
      expect(found.value).toBe(value);
      const lines = text.split('\n');
      for (const [index, char] of [...found.value].entries()) {
        if (/[\s\\"']/.test(char)) continue;
        const { line, column } = found.span(index, index + 1);
        expect(lines[line - 1]?.[column - 1]).toBe(char);
      }
    }),
    { numRuns: 300 },
  ));
