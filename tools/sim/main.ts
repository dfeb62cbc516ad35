// npm run sim -- --seeds N [--seed S] : simulates N seeds from S on, or from 1; ends with 1 when one of them fails.
import { parseArgs } from 'node:util';
import { simulate } from '@testmesh/testing/simulation';

const { values } = parseArgs({ options: { seeds: { type: 'string' }, seed: { type: 'string' } } });
const first = Number(values.seed ?? 1);
const count = Number(values.seeds ?? (values.seed === undefined ? 2000 : 1));
if (!Number.isSafeInteger(first) || !Number.isSafeInteger(count) || count < 1) {
  process.stderr.write('npm run sim -- --seeds N [--seed S]: both are whole numbers\n');
  process.exit(2);
}

const started = performance.now();
let failed = 0;
let events = 0;
for (let seed = first; seed < first + count; seed++) {
  const outcome = await simulate(seed);
  events += outcome.events;
  if (outcome.violations.length === 0) continue;
  failed += 1;
  process.stdout.write(`seed ${seed} failed after ${(outcome.took / 1000).toFixed(1)} s of its time:\n`);
  for (const violation of outcome.violations) process.stdout.write(`  ${violation}\n`);
}
const seconds = (performance.now() - started) / 1000;
process.stdout.write(`${count} seeds, ${events} events, ${failed} failed, ${seconds.toFixed(1)} s\n`);
process.exitCode = failed === 0 ? 0 : 1;
