import { describe, expect, test } from '@jest/globals';
import type { Diagnostic } from '@testmesh/contracts';
import { frame } from './frame.ts';
import { inOrder, renderDiagnostic } from './render.ts';
import { Source } from './source.ts';

const TEXT = `flow:
  name: order
  steps:
    - id: place
      action: http_request
      config:
        methid: POST
`;

const diagnostic = (line: number, column: number, length: number, more: Partial<Diagnostic> = {}): Diagnostic => ({
  code: 'TM1203',
  severity: 'error',
  message: 'unknown key `methid` for action http_request',
  span: { file: 'flows/order.yaml', line, column, endLine: line, endColumn: column + length },
  ...more,
});

describe('a diagnostic in plain text', () => {
  test('shows code, place, lines, caret and help', () => {
    expect(renderDiagnostic(diagnostic(7, 9, 6, { suggestion: 'did you mean `method`?' }), TEXT)).toBe(
      `error[TM1203]: unknown key \`methid\` for action http_request
  --> flows/order.yaml:7:9
   5 |       action: http_request
   6 |       config:
   7 |         methid: POST
     |         ^^^^^^ did you mean \`method\`?
  help: testmesh explain TM1203`,
    );
  });

  test('puts its own help before the general one', () => {
    const lines = renderDiagnostic(diagnostic(1, 1, 4, { help: 'write it so' }), TEXT).split('\n');
    expect(lines.slice(-2)).toEqual(['  help: write it so', '  help: testmesh explain TM1203']);
  });
});

describe('a frame', () => {
  const caretUnder = (text: string, column: number, endColumn: number) =>
    frame(new Source('a', text), { file: 'a', line: 1, column, endLine: 1, endColumn }, { width: 60 }).map(
      (each) => each.text,
    );

  test('keeps tabs, and gives wide characters two columns', () => {
    expect(caretUnder('a:\tbad', 4, 7)).toEqual(['a:\tbad', '  \t^^^']);
    expect(caretUnder('日本: bad', 5, 8)).toEqual(['日本: bad', '      ^^^']);
    expect(caretUnder('👩‍👩‍👧: bad', 11, 14)).toEqual(['👩‍👩‍👧: bad', '    ^^^']);
  });

  test('cuts a long line around the caret', () => {
    const [line = '', caret = ''] = caretUnder(`${'x'.repeat(100)}BAD${'y'.repeat(100)}`, 101, 104);
    expect(line.length).toBeLessThanOrEqual(62);
    expect(line.slice(caret.indexOf('^'), caret.lastIndexOf('^') + 1)).toBe('BAD');
  });

  test('points at the first line of what goes over several', () => {
    const lines = frame(new Source('a', 'a: |\n  b\n'), { file: 'a', line: 1, column: 4, endLine: 3, endColumn: 1 });
    expect(lines.map(({ text }) => text)).toEqual(['a: |', '   ^']);
  });

  test('shows a place at the end of a line and beyond the file', () => {
    expect(caretUnder('a:', 3, 3)).toEqual(['a:', '  ^']);
    expect(frame(new Source('a', ''), { file: 'a', line: 9, column: 9, endLine: 9, endColumn: 9 })).toHaveLength(4);
  });
});

test('diagnostics stand in the order of the file', () => {
  const ordered = inOrder([
    diagnostic(3, 1, 1),
    diagnostic(1, 5, 1),
    diagnostic(1, 2, 1),
    diagnostic(1, 2, 1, { code: 'TM1101' }),
  ]);
  expect(ordered.map(({ code, span }) => `${span.line}:${span.column} ${code}`)).toEqual([
    '1:2 TM1101',
    '1:2 TM1203',
    '1:5 TM1203',
    '3:1 TM1203',
  ]);
});
