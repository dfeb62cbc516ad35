// npm run chaos: the platform as processes over servers of its own, while things go wrong.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { runChaos } from './chaos.ts';
import { inOwnNamespace } from './disk.ts';
import { reportText } from './report.ts';

const usage = `npm run chaos -- [--minutes N] [--seed S] [--rate N] [--out FOLDER]
  --minutes  how long things go wrong (5); healing and judging take a minute or two more
  --seed     draws the faults and the load; another one each time unless said
  --rate     runs asked for per second (1.5)
  --out      where the report is left, and after a violation the histories (.testmesh/chaos/SEED)`;

const options = { type: 'string' } as const;
const { values } = parseArgs({
  options: { minutes: options, seed: options, rate: options, out: options, help: { type: 'boolean' } },
});

const numberOf = (name: 'minutes' | 'rate', byDefault: number): number => {
  const number = Number(values[name] ?? byDefault);
  if (!(number > 0)) throw new Error(`--${name} ${values[name]}: it takes a number above 0\n${usage}`);
  return number;
};

const main = async (): Promise<number> => {
  if (values.help === true) {
    console.log(usage);
    return 0;
  }
  const forMs = numberOf('minutes', 5) * 60_000;
  const rate = numberOf('rate', 1.5);
  const elsewhere = await inOwnNamespace();
  if (elsewhere !== undefined) return elsewhere;
  const seed = values.seed ?? String(Date.now() % 1_000_000);
  const folder = path.resolve(values.out ?? path.join('.testmesh', 'chaos', seed));
  const begun = performance.now();
  const say = (line: string): void => {
    process.stderr.write(`${((performance.now() - begun) / 1000).toFixed(1).padStart(7)} s  ${line}\n`);
  };
  say(`seed ${seed}`);
  const report = await runChaos({
    forMs,
    seed,
    rate,
    faultEveryMs: [2000, 9000],
    leaseMs: 5000,
    contestants: 24,
    folder,
    say,
  });
  console.log(reportText(report, folder));
  return report.violations.length === 0 ? 0 : 1;
};

process.exitCode = await main();
