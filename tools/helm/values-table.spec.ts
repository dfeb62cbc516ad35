import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { chartFolder } from './chart.ts';
import { chartValues, valuesTable, withTable } from './values-table.ts';

const values = `# A header.

# -- What one is.
one: 1
two:
  # -- Goes on
  # over two lines | with a bar.
  deep: [a, b]
`;

test('a value has its path, its default and what is said above it', () => {
  expect(chartValues(values)).toEqual([
    { path: 'one', byDefault: '1', about: 'What one is.' },
    { path: 'two.deep', byDefault: '["a","b"]', about: 'Goes on over two lines | with a bar.' },
  ]);
});

test('a value that nobody explains is refused by its path', () => {
  expect(() => chartValues('a:\n  b: 1\n')).toThrow('a.b: no line above it');
});

test('a bar does not break the table, and a page without a place for it is refused', () => {
  expect(valuesTable(chartValues(values))).toContain('over two lines \\| with a bar.');
  expect(() => withTable('# Nothing', '|x|')).toThrow('no place for the table');
});

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: unknown;
  readonly $ref?: string;
}

describe('the chart', () => {
  const read = (name: string): string => readFileSync(path.join(chartFolder, name), 'utf8');
  const described = chartValues(read('values.yaml'));

  test('has a README with the table of its values as they are; npm run chart-docs prints it anew', () => {
    expect(withTable(read('README.md'), valuesTable(described))).toBe(read('README.md'));
  });

  test('has a schema of exactly these values', () => {
    const schema = JSON.parse(read('values.schema.json')) as Schema;
    const leaves = (at: Schema, above: readonly string[]): readonly string[] => {
      const isDescribed = described.some(({ path }) => path === above.join('.'));
      if (isDescribed || at.properties === undefined) return [above.join('.')];
      expect([above.join('.'), at.additionalProperties]).toEqual([above.join('.'), false]);
      return Object.entries(at.properties).flatMap(([key, below]) => leaves(below, [...above, key]));
    };
    const known = leaves(schema, []).filter((path) => path !== 'global');
    expect([...known].sort()).toEqual(described.map(({ path }) => path).sort());
  });
});
