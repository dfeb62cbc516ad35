// The platform's rows. npm run bench measures them with all others; `npm run bench -- platform [WORD]` these alone.
import { lineOf, type PlatformRow, type Result } from './row.ts';
import { appendMany } from './rows/append.ts';
import { recordedSteps } from './rows/steps.ts';
import { stopServer } from './world.ts';

const rows: readonly PlatformRow[] = [recordedSteps, appendMany];

/** A row that cannot run says why, and the others still do. */
const measured = async (row: PlatformRow): Promise<readonly Result[]> => {
  try {
    return await row.measure();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    const [why] = (error instanceof Error ? error.message : String(error)).split('\n');
    return [{ ours: '—', baseline: '—', figure: undefined, note: `not run: ${why}` }];
  }
};

/** Lines of the table, one for each figure of each row whose name or text holds the word. */
export const platformLines = async (wanted?: string): Promise<readonly string[]> => {
  const lines: string[] = [];
  for (const row of rows) {
    if (wanted !== undefined && !`${row.name} ${row.what}`.includes(wanted)) continue;
    process.stderr.write(`${row.what} …\n`);
    for (const result of await measured(row)) {
      const line = lineOf(row, result);
      console.log(line);
      lines.push(line);
    }
  }
  await stopServer();
  return lines;
};

if (import.meta.main) await platformLines(process.argv[2]);
