import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
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
  readonly events: Iterable<RunEvent>;
}

const localHistory = async (run: string | undefined, { data }: ShowOptions): Promise<History> => {
  const folder = join(data, 'runs');
  const runId = await findRun(run, folder);
  const file = join(folder, `${runId}.jsonl`);
  return { runId, events: withText(recordedEvents(file, await readFile(file))) };
};

function* recordedEvents(file: string, bytes: Buffer): Generator<RunEvent> {
  const { tornBytes } = yield* eachFact(eachEvent(file, bytes));
  if (tornBytes > 0) process.stderr.write(`${file}: the last line was torn by a crash and is left out\n`);
}

function* eachFact<Extent>(recorded: Generator<RecordedEvent, Extent>): Generator<RunEvent, Extent> {
  let next = recorded.next();
  for (; !next.done; next = recorded.next()) yield runEventOf(next.value);
  return next.value;
}

// A run records the texts of its files at its end, when it knows what to mask. Of one that was cut off before, the flow's
// own file serves as long as it is what ran.
function* withText(events: Iterable<RunEvent>): Generator<RunEvent> {
  let flow: Extract<RunEvent, { readonly type: 'RunRequested' }>['flow'] | undefined;
  let hasText = false;
  for (const event of events) {
    if (event.type === 'RunRequested') flow = event.flow;
    if (event.type === 'SourceRecorded') hasText = true;
    yield event;
  }
  if (flow === undefined || hasText) return;
  const text = textOf(flow.file);
  if (text !== undefined && hash('sha256', text) === flow.hash) yield { type: 'SourceRecorded', file: flow.file, text };
  else process.stderr.write(`${flow.file} is not what ran: the report shows no excerpts of it\n`);
}

const textOf = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // Gone or unreadable: what is shown then says so.
    return undefined;
  }
};

const historyOf = async (run: string | undefined, options: ShowOptions): Promise<History> =>
  options.api === undefined
    ? localHistory(run, options)
    : (await import('../remote/remote-history.ts')).remoteHistory(run, options.api);

/** Prints the report of an earlier run from its journal alone: the same bytes as when it ran. */
export const show = async (run: string | undefined, options: ShowOptions): Promise<void> => {
  const { runId, events } = await historyOf(run, options);
  const report = foldRun(runId, isDetailed(options.reporter) ? events : outcomes(events));
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

function* outcomes(events: Iterable<RunEvent>): Generator<RunEvent> {
  for (const event of events) yield outcomesOnly(event);
}

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
