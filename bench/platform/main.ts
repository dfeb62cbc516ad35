// The platform's rows. npm run bench measures them with all others; `npm run bench -- platform [WORD]` these alone.
import { lineOf, type PlatformRow, type Result } from './row.ts';
import { appendMany } from './rows/append.ts';
import { fleet } from './rows/fleet.ts';
import { requestToFirstStep } from './rows/latency.ts';
import { runList, runPage } from './rows/reading.ts';
import { rebuild, rebuildLong } from './rows/rebuild.ts';
import { recovery } from './rows/recovery.ts';
import { relayRow } from './rows/relay.ts';
import { recordedSteps } from './rows/steps.ts';
import { stopServer } from './world.ts';

const rows: readonly PlatformRow[] = [
  recordedSteps,
  requestToFirstStep,
  appendMany,
  relayRow,
  rebuild,
  runPage,
  recovery,
  fleet,
];

/** Minutes to an hour each: asked for by name. */
const longRows: readonly PlatformRow[] = [runList, rebuildLong];

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
  const chosen = wanted === undefined ? rows : [...rows, ...longRows].filter(({ name }) => name === wanted);
  if (chosen.length === 0) throw new Error(`no row is called ${wanted}`);
  for (const row of chosen) {
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
