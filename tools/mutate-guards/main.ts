// npm run mutate-guards [-- WORDS]: takes each guard away in a copy of the sources, and wants a suite to fail for it.
import { startInfra } from '../infra/infra.ts';
import { testEnvironment } from '../infra/variables.ts';
import { copySources } from './copy.ts';
import { mutations } from './mutations.ts';

const words = process.argv.slice(2);
const wanted = mutations.filter(({ guard }) => words.every((word) => guard.includes(word)));
const infra = await startInfra({ need: ['postgres'] });
let survivors = 0;
try {
  const [missing] = infra.unavailable;
  if (missing !== undefined) throw new Error(`PostgreSQL: ${missing.reason}\n  ${missing.howToGet}`);
  await using copy = await copySources(testEnvironment(infra));
  const controls = new Map(wanted.map((mutation) => [`${mutation.suites} ${mutation.tests ?? ''}`, mutation]));
  for (const [name, suite] of controls) {
    const { isGreen, words: said } = await copy.run(suite);
    if (!isGreen) throw new Error(`${name} is red with every guard in place:\n${said.slice(-3000)}`);
  }
  for (const mutation of wanted) {
    const startedAt = performance.now();
    await copy.mutate(mutation);
    const { isGreen } = await copy.run(mutation);
    await copy.restore(mutation);
    if (isGreen) survivors += 1;
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    console.log(`${isGreen ? 'SURVIVED' : 'noticed '}  ${mutation.guard} (${seconds} s)`);
  }
} finally {
  await infra.stop();
}
console.log(`${wanted.length} guards taken away, ${survivors} survived`);
process.exitCode = survivors === 0 ? 0 : 1;
