// What was measured last of each row of the platform's table: rows are measured one by one, when the machine is quiet, and the
// long ones seldom.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { root } from '../workload.ts';

interface Measured {
  readonly lines: readonly string[];
  /** YYYY-MM-DD. */
  readonly on: string;
  /** Load average of the minute before it was measured: what else the machine did. */
  readonly load: number;
}

type Results = Readonly<Record<string, Measured>>;

const file = join(root, 'bench/platform/results.json');
const page = join(root, 'bench/RESULTS.md');
const HEADING = '## Platform';

const known = (): Results => (existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Results) : {});

export const loadNow = (): number => Number(loadavg()[0]?.toFixed(1));

/** Keeps a row's lines beside those of the others. */
export const keepResult = (name: string, lines: readonly string[], load: number): void => {
  const results = { ...known(), [name]: { lines, on: new Date().toISOString().slice(0, 10), load } };
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
};

/** The platform's part of the page, rows in this order. */
export const platformSection = (names: readonly string[]): string => {
  const results = known();
  const lines = names.flatMap((name) => {
    const measured = results[name];
    return measured?.lines.map((line) => `${line} ${measured.on}, ${measured.load} |`) ?? [];
  });
  return `${HEADING}

One PostgreSQL 18 of its own for all rows, fsync on; processes as they are in production, run from their sources. Medians of five or more, ours and
the baseline in turn. The last column is the day and the load average of the minute before: two cores carry two, and figures that are no ratio
suffer from the rest. \`npm run bench -- platform [ROW]\` measures them, or one of them; \`list-1m\` and \`rebuild-5m\` only by name.

| what | against | ours | baseline | figure | target | | measured |
|---|---|---|---|---|---|---|---|
${lines.join('\n')}
`;
};

/** Puts the section into the page in place of the one that is there. */
export const writePlatform = (section: string): void => {
  const [rest = ''] = readFileSync(page, 'utf8').split(`\n${HEADING}`, 1);
  writeFileSync(page, `${rest.trimEnd()}\n\n${section}`);
};
