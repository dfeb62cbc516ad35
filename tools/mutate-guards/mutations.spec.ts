import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { mutations } from './mutations.ts';

const root = join(import.meta.dirname, '../..');

// Taking them away is a command of its own, and minutes: what would make it fail at once is seen here.
test.each(mutations)(
  '$guard stands where it would be taken away, once, and the suite that must notice is there',
  ({ file, from, to, suites }) => {
    const text = readFileSync(join(root, file), 'utf8');
    expect(text.split(from)).toHaveLength(2);
    expect(text.replace(from, () => to)).not.toBe(text);
    expect(existsSync(join(root, `${suites}.ts`))).toBe(true);
  },
);
