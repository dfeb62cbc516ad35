import { expect, test } from '@jest/globals';
import { table } from './table.ts';

test('columns are as wide as their widest cell, and no line ends in blanks', () => {
  expect(
    table(
      ['NAME', 'ID'],
      [
        ['staging', '1'],
        ['a', ''],
      ],
    ),
  ).toBe('NAME     ID\nstaging  1\na\n');
});
