import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { healthProblem, writeHealth } from './health-file.ts';

const file = join(mkdtempSync(join(tmpdir(), 'agent-health-')), 'health');

test('health is a file that is fresh', () => {
  expect(healthProblem(file, 0)).toContain('says nothing');
  const at = Date.UTC(2030, 0, 1);
  const written = writeHealth(
    file,
    () => ({ busy: 2, isReached: false }),
    () => at,
  );
  written[Symbol.dispose]();
  expect(healthProblem(file, at + 20_000)).toBeUndefined();
  expect(healthProblem(file, at + 60_000)).toContain('60 s ago: it hangs or is gone');
});
