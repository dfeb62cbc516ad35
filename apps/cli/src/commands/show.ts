import { hash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type RecordedEvent, type RunEvent, runEventOf } from '@testmesh/domain';
import { eachEvent } from '@testmesh/journal-file';
import { foldRun, suiteOfRun } from '@testmesh/views';
import { CommandEnd } from '../exit-code.ts';
import { isDetailed, openReporter, type ReporterName } from '../report/reporters.ts';
import { outcomesOnly } from '../run/outcomes-only.ts';
import { fileStyle, terminalStyle } from '../terminal/streams.ts';
import type { ColourChoice } from '../terminal/style.ts';

export interface ShowOptions {
  readonly reporter: ReporterName;
  readonly data: string;
  readonly api?: string;
  readonly color: ColourChoice;
}

interface History {
  readonly runId: string;
  readonly events: readonly RunEvent[];
}

const localHistory = async (run: string | undefined, { data, reporter }: ShowOptions): Promise<History> => {
  const folder = join(data, 'runs');
  const runId = await findRun(run, folder);
  const file = join(folder, `${runId}.jsonl`);
  const events: RunEvent[] = [];
  const kept = isDetailed(reporter) ? runEventOf : (recorded: RecordedEvent) => outcomesOnly(runEventOf(recorded));
  const { tornBytes } = eachEvent(file, await readFile(file), (recorded) => events.push(kept(recorded)));
  if (tornBytes > 0) process.stderr.write(`${file}: the last line was torn by a crash and is left out\n`);
  return { runId, events: await withText(events) };
};

// A run records the texts of its files at its end, when it knows what to mask. Of one that was cut off before, the flow's
// own file serves as long as it is what ran.
const withText = async (events: readonly RunEvent[]): Promise<readonly RunEvent[]> => {
  const requested = events.find((event) => event.type === 'RunRequested');
  if (requested === undefined || events.some(({ type }) => type === 'SourceRecorded')) return events;
  const { file, hash: recorded } = requested.flow;
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text !== undefined && hash('sha256', text) === recorded) {
    return [...events, { type: 'SourceRecorded', file, text }];
  }
  process.stderr.write(`${file} is not what ran: the report shows no excerpts of it\n`);
  return events;
};

const historyOf = async (run: string | undefined, options: ShowOptions): Promise<History> =>
  options.api === undefined
    ? localHistory(run, options)
    : (await import('../remote/remote-history.ts')).remoteHistory(run, options.api);

/** Prints the report of an earlier run from its journal alone: the same bytes as when it ran. */
export const show = async (run: string | undefined, options: ShowOptions): Promise<void> => {
  const { runId, events } = await historyOf(run, options);
  const report = foldRun(runId, events);
  if (report.status === 'running') process.stderr.write(`run ${runId} did not end: its process stopped before it\n`);
  const suite = suiteOfRun(report);
  const reporter = openReporter(
    { name: options.reporter },
    {
      stdout: (text) => process.stdout.write(text),
      style: terminalStyle(process.stdout, options.color),
      plain: fileStyle,
      flowCount: 1,
    },
  );
  for (const flow of suite.flows) reporter.flowEnded?.(flow);
  reporter.suiteEnded?.(suite);
};

const findRun = async (run: string | undefined, folder: string): Promise<string> => {
  const files = await readdir(folder).catch(() => []);
  const runs = files
    .filter((file) => file.endsWith('.jsonl'))
    .map((file) => file.slice(0, -'.jsonl'.length))
    .sort();
  const matching = run === undefined ? runs.slice(-1) : runs.filter((id) => id.startsWith(run.replace(/^run-/, '')));
  const [found, second] = matching;
  if (found === undefined) {
    throw new CommandEnd(
      'nothing_matched',
      run === undefined ? `no run is kept in ${folder}` : `no run in ${folder} begins with ${run}`,
    );
  }
  if (second !== undefined && run !== found)
    throw new CommandEnd('usage', `${matching.length} runs begin with ${run}: ${matching.slice(0, 5).join(', ')}`);
  return found;
};
