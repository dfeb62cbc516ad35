// npm run bench: every row against its raw baseline in the same run, written to bench/RESULTS.md with the machine's facts.
// A word after `--` runs only the rows whose text contains it, and writes nothing; `platform [ROW]` those of the platform.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { measurePlatform } from './platform/main.ts';
import { fileRows } from './rows/files.ts';
import { httpRows } from './rows/http.ts';
import type { Result, Row } from './rows/row.ts';
import { root } from './workload.ts';

const machine = (): string =>
  `${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}; load average of the last quarter of an hour ${loadavg()[2]?.toFixed(1)}`;

const verdict = ({ target }: Row, { figure }: Result): string =>
  figure === undefined ? '' : figure <= target ? 'met' : 'missed';

const lineOf = (row: Row, result: Result): string => {
  const figure = result.figure === undefined ? '—' : `${result.figure.toFixed(2)} ${row.unit}`;
  const note = result.note === undefined ? '' : ` (${result.note})`;
  return `| ${row.what} | ${row.against} | ${result.ours} | ${result.baseline} | ${figure} | ≤ ${row.target} ${row.unit} | ${verdict(row, result)}${note} |`;
};

/** A row that cannot run says why, and the others still do. */
const measured = async (row: Row): Promise<readonly Result[]> => {
  try {
    return await row.measure();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    const [why] = (error instanceof Error ? error.message : String(error)).split('\n');
    return [{ ours: '—', baseline: '—', figure: undefined, note: `not run: ${why}` }];
  }
};

const main = async (): Promise<void> => {
  execFileSync(process.execPath, ['apps/cli/build.mjs'], { cwd: root, stdio: 'inherit' });
  const wanted = process.argv[2];
  const rows = [...httpRows, ...fileRows].filter(({ what }) => wanted === undefined || what.includes(wanted));
  if (rows.length === 0) throw new Error(`no row contains ${wanted}`);
  const lines: string[] = [];
  for (const row of rows) {
    process.stderr.write(`${row.what} …\n`);
    for (const result of await measured(row)) {
      const line = lineOf(row, result);
      console.log(line);
      lines.push(line);
    }
  }
  if (wanted !== undefined) return;
  writeFileSync(join(root, 'bench/RESULTS.md'), resultsPage(lines));
  await measurePlatform();
};

const resultsPage = (lines: readonly string[]): string => `# Results

${machine()}. Medians of five runs or more after a warm-up, ours and the baseline in turn in the same minutes; the ratio is the median of
the pairs. The journal file is written in every run. \`npm run bench\` makes this page; [PROFILE.md](PROFILE.md) says where the time goes.

| what | against | ours | baseline | figure | target | |
|---|---|---|---|---|---|---|
${lines.join('\n')}
`;

if (process.argv[2] === 'platform') await measurePlatform(process.argv[3]);
else await main();
