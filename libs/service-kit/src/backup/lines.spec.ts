import { expect, test } from '@jest/globals';
import { linesFrom } from './lines.ts';

const from = async (text: string, size: number): Promise<readonly string[]> => {
  const bytes = new TextEncoder().encode(text);
  const chunks = async function* () {
    for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
  };
  const lines: string[] = [];
  for await (const line of linesFrom(chunks())) lines.push(line);
  return lines;
};

test.each([1, 2, 3, 5, 100])('only LF ends a line, however the bytes arrive (%i at once)', async (size) => {
  const lines = ['{"a":1}', '', '["\u2028\u2029\r\u0085 é😀"]', 'last'];
  expect(await from(`${lines.join('\n')}\n`, size)).toEqual(lines);
  expect(await from(lines.join('\n'), size)).toEqual(lines);
});
