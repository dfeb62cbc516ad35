import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readCsv } from './csv.ts';

const rows = (text: string) => {
  const read = readCsv(text);
  if (!read.ok) throw new Error(`${read.line}: ${read.message}`);
  return read.rows;
};

test('cells are typed where they are the shortest form of a number or a boolean, and text otherwise', () => {
  expect(rows('a,b,c,d\r\n1,true,007,x y\r\n-0.5,no,,"12"\r\n')).toEqual([
    { a: 1, b: true, c: '007', d: 'x y' },
    { a: -0.5, b: 'no', c: '', d: '12' },
  ]);
});

test('quotes hold commas, quotes and line ends; a byte order mark and blank lines are nothing', () => {
  expect(rows('\uFEFFname,text\n"A, B","say ""hi""\nthere"\n\nC,\n')).toEqual([
    { name: 'A, B', text: 'say "hi"\nthere' },
    { name: 'C', text: '' },
  ]);
});

test.each([
  ['', 1, 'no header'],
  ['a,b\n1\n', 2, '1 cells stand under 2 columns'],
  ['a\n"x\ny"z\n', 2, 'a quote begins or ends in the middle'],
  ['a\nx"y\n', 2, 'a quote begins or ends in the middle'],
  ['a\n"open', 2, 'a quote begins or ends in the middle'],
])('%j is refused at line %d', (text, line, message) => {
  expect(readCsv(text)).toEqual({ ok: false, line, message: expect.stringContaining(message) });
});

test('whatever is written as RFC 4180 says is read back', () => {
  const cell = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r\n', ' ', 'é') });
  const table = fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 8 });
  const property = fc.property(table, (cells) => {
    const written = (text: string): string => `"${text.replaceAll('"', '""')}"`;
    const text = ['x,y', ...cells.map((row) => row.map(written).join(','))].join('\r\n');
    expect(rows(text)).toEqual(cells.map(([x, y]) => ({ x, y })));
  });
  fc.assert(property, { numRuns: 300, seed: 20_261_121 });
});

test('a long text is read in linear time', () => {
  const text = `a\n${'"x""'.repeat(200_000)}`;
  const began = performance.now();
  expect(readCsv(text).ok).toBe(false);
  expect(performance.now() - began).toBeLessThan(10_000);
});
