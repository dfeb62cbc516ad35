import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readEnvFile } from './env-file.ts';

const read = (text: string) => {
  const { variables, diagnostics } = readEnvFile({ file: '.env', text });
  return {
    values: Object.fromEntries(variables),
    found: diagnostics.map(({ code, span }) => `${code} ${span.line}:${span.column}`),
  };
};

describe('an env file', () => {
  test.each([
    ['plain values', 'A=x\nB = y z \n', { A: 'x', B: 'y z' }],
    ['comments and empty lines', '# all\n\n  # of it\nA=1 # one\nB=a#b\n', { A: 1, B: 'a#b' }],
    ['a value that is a comment', 'A= # nothing', { A: '' }],
    ['export', 'export A=x\n  export B=y', { A: 'x', B: 'y' }],
    [
      'text that is the canonical form of a number or boolean',
      'A=5\nB=true\nC=5.0\nD=007\nE=1e3',
      { A: 5, B: true, C: '5.0', D: '007', E: '1e3' },
    ],
    ['quotes keep text a text', 'A="5"\nB=\'true\'', { A: '5', B: 'true' }],
    ['a comment after quotes', 'A="x # y" # z\nB=\'p\'', { A: 'x # y', B: 'p' }],
    ['escapes within double quotes only', 'A="a\\nb\\t\\"c\\" \\d"\nB=\'a\\nb\'', { A: 'a\nb\t"c" \\d', B: 'a\\nb' }],
    ['quotes over several lines', 'A="one\ntwo"\nB=3', { A: 'one\ntwo', B: 3 }],
    ['nothing is expanded', 'A=${B}/{{C}}$D', { A: '${B}/{{C}}$D' }],
    ['the last of two', 'A=1\nA=2', { A: 2 }],
    ['Windows line ends', 'A=1\r\nB="x"\r\n', { A: 1, B: 'x' }],
    ['an equals sign in the value', 'A=b=c', { A: 'b=c' }],
    ['names with dots and hyphens', 'a.b-c=1', { 'a.b-c': 1 }],
  ])('%s', (_what, text, values) => {
    expect(read(text)).toEqual({ values, found: [] });
  });

  test.each([
    ['a line that is no assignment', 'A=1\nhello\nB=2', ['TM6501 2:1'], { A: 1, B: 2 }],
    ['a name that is none', '1A=1', ['TM6501 1:1'], {}],
    ['a line without a name', '=1', ['TM6501 1:1'], {}],
    ['an unclosed quote', 'A=1\nB="x\nC=3', ['TM6502 2:3'], { A: 1 }],
    ['text after quotes', 'A="x" y\nB=1', ['TM6503 1:6'], { A: 'x', B: 1 }],
  ])('%s is told with its place', (_what, text, found, values) => {
    expect(read(text)).toEqual({ values, found });
  });

  test('whatever it holds, it is read to its end', () =>
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('A', '=', '"', "'", '\\', '\n', ' ', '#', 'é', '\r') }),
        (text) => read(text) !== undefined,
      ),
    ));
});
