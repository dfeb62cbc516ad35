// The platform's rows. npm run bench measures them with all others; `npm run bench -- platform [ROW]` these alone.

import { keepResult, loadNow, platformSection, writePlatform } from './results.ts';
import { lineOf, type PlatformRow, type Result } from './row.ts';
import { appendMany } from './rows/append.ts';
import { environmentHinted, environmentOverhead, environmentReuse } from './rows/environments.ts';
import { drain, fleet } from './rows/fleet.ts';
import { requestToFirstStep } from './rows/latency.ts';
import { runList, runPage } from './rows/reading.ts';
import { rebuild, rebuildLong } from './rows/rebuild.ts';
import { recovery } from './rows/recovery.ts';
import { relayRow } from './rows/relay.ts';
import { siteAgent } from './rows/site-agent.ts';
import { recordedSteps } from './rows/steps.ts';
import { tracing } from './rows/tracing.ts';
import { stopServer } from './world.ts';

const rows: readonly PlatformRow[] = [
  recordedSteps,
  siteAgent,
  requestToFirstStep,
  appendMany,
  relayRow,
  rebuild,
  runPage,
  recovery,
  fleet,
  drain,
  ...tracing,
  environmentReuse,
  environmentOverhead,
  environmentHinted,
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

const names = [...rows, ...longRows].map(({ name }) => name);

/** Measures all rows but the long ones, or the one that is named, and writes the platform's part of the page. */
export const measurePlatform = async (wanted?: string): Promise<void> => {
  const chosen = wanted === undefined ? rows : [...rows, ...longRows].filter(({ name }) => name === wanted);
  if (chosen.length === 0) throw new Error(`no row is called ${wanted}: there is ${names.join(', ')}`);
  for (const row of chosen) {
    process.stderr.write(`${row.what} …\n`);
    const load = loadNow();
    const lines = (await measured(row)).map((result) => lineOf(row, result));
    for (const line of lines) console.log(line);
    keepResult(row.name, lines, load);
  }
  await stopServer();
  writePlatform(platformSection(names));
};
