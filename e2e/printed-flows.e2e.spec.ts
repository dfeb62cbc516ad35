import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { root } from './support/cli.ts';

const seeds = join(root, 'examples/seeds');
const printed = readdirSync(join(seeds, 'printed'));

const lines = (text: string): readonly string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

const flowOf = (file: string): readonly string[] =>
  lines(readFileSync(join(seeds, file.replace(/(\.fragment)?\.txt$/, '.yaml')), 'utf8'));
const textOf = (file: string): readonly string[] => lines(readFileSync(join(seeds, 'printed', file), 'utf8'));

test.each(printed.filter((file) => !file.includes('.fragment')))('%s is the printed flow, line for line', (file) => {
  expect(flowOf(file)).toEqual(textOf(file));
});

test.each(printed.filter((file) => file.includes('.fragment')))('%s contains every printed line, in order', (file) => {
  const rest = [...flowOf(file)];
  for (const line of textOf(file)) {
    const at = rest.indexOf(line);
    expect({ line, found: at !== -1 }).toEqual({ line, found: true });
    rest.splice(0, at + 1);
  }
});
