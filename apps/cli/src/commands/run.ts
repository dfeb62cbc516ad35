import type { RunEvent, RunId } from '@testmesh/domain';
import type { Flow } from '@testmesh/flow';
import {
  exitReasonOf,
  type FlowResult,
  flowStatus,
  project,
  reportOf,
  runReport,
  type SuiteResult,
} from '@testmesh/views';
import { CommandEnd, type ExitReason, strongestReason } from '../exit-code.ts';
import type { Reporter } from '../report/reporter.ts';
import { chooseReporters, openReporter } from '../report/reporters.ts';
import { prepareDataFolder } from '../run/data-folder.ts';
import { Interrupted, type Interruption, listenForInterruption } from '../run/interruption.ts';
import { diagnosticsText, isInvalid, type LoadedFlows, loadFlows } from '../run/load-flows.ts';
import { type LocalRunSettings, runLocally } from '../run/local-run.ts';
import { outcomesOnly } from '../run/outcomes-only.ts';
import type { PreparedFlow } from '../run/prepare-flows.ts';
import {
  flowsAtOnce,
  nothingSent,
  overallTimeoutMs,
  type RunOptions,
  refuseJson,
  refuseWithoutApi,
} from '../run/settings.ts';
import { holdNursery } from '../run/steady-memory.ts';
import { runSuite } from '../run/suite-run.ts';
import { openProgress, type Progress, progressKind } from '../terminal/progress.ts';
import { fileStyle, terminalStyle } from '../terminal/streams.ts';

/** Runs flows here and ends with the exit code of the strongest reason. */
export const run = async (paths: readonly string[], options: RunOptions): Promise<void> => {
  refuseJson(options);
  refuseWithoutApi(options);
  const choices = chooseReporters(options.reporter ?? [], process.env['GITHUB_ACTIONS'] === 'true');
  const timeoutMs = overallTimeoutMs(options.timeout);
  const started = performance.now();
  const { loaded, carry } = await whereItRuns(paths, options);
  const style = terminalStyle(process.stdout, options.color);
  const reporters = choices.map((choice) =>
    openReporter(choice, {
      stdout: (text) => process.stdout.write(text),
      style,
      plain: fileStyle,
      flowCount: loaded.flows.length,
    }),
  );
  const text = diagnosticsText(loaded);
  if (text !== '') process.stderr.write(`${text}\n`);
  if (loaded.flows.some(isInvalid)) return endInvalid(loaded, reporters, performance.now() - started);

  if (options.api === undefined) await prepareDataFolder(options.data);
  holdNursery();
  using interruption = listenForInterruption(timeoutMs, (notice) => process.stderr.write(`${notice}\n`));
  const flows = await runAll({ loaded, carry }, options, reporters, interruption);
  const durationMs = performance.now() - started;
  end({ flows, exitReason: exitReason(flows, interruption), durationMs }, reporters);
};

interface Task {
  readonly loaded: LoadedFlows;
  readonly carry: Carry;
}

/** Carries one flow out; everything that is printed is made of its events. */
type Carry = (flow: ReadyFlow, settings: LocalRunSettings, onEvent: (event: RunEvent) => void) => Promise<RunId>;

type ReadyFlow = PreparedFlow & { readonly flow: Flow };

/** Here, or on the server that `--api` names: the flows are the same, who checks and runs them is not. */
const whereItRuns = async (paths: readonly string[], options: RunOptions): Promise<Task> => {
  const cwd = process.cwd();
  const { api } = options;
  if (api === undefined) {
    const loaded = await loadFlows(paths, options, cwd, 'error');
    demandConfirmation(loaded, options);
    return { loaded, carry: runLocally };
  }
  const { askServer } = await import('../remote/server.ts');
  const { followRemotely, startRemotely } = await import('../remote/remote-run.ts');
  // The environment is the server's: names that only it defines are unknown here.
  const { env: _env, ...here } = options;
  const log = (message: string): boolean => process.stderr.write(`${message}\n`);
  const remote = await askServer(await loadFlows(paths, here, cwd), { ...options, api }, cwd, log);
  const carry: Carry = async (flow, { cancel, force }, onEvent) => {
    const request = [...remote.requests].find(([asked]) => asked.absolute === flow.absolute)?.[1];
    if (request === undefined) throw new Error(`${flow.file} was never packed`);
    const runId = await startRemotely(request, remote.settings);
    await followRemotely(runId, remote.settings, { cancel, force }, onEvent);
    return runId;
  };
  return { loaded: remote, carry };
};

/** A protected environment is named twice: once to choose it, once to mean it. */
const demandConfirmation = ({ flows }: LoadedFlows, { env, confirm }: RunOptions): void => {
  if (env === undefined || confirm === env || !flows.some(({ environment }) => environment?.protected === true)) return;
  throw new CommandEnd('usage', `the environment ${env} is protected: confirm the run with --confirm ${env}`);
};

const runAll = (
  { loaded, carry }: Task,
  options: RunOptions,
  reporters: readonly Reporter[],
  interruption: Interruption,
): Promise<readonly FlowResult[]> => {
  using progress = openProgress(progressKind(options.progress, process.stderr.isTTY === true), {
    write: (text) => process.stderr.write(text),
    style: terminalStyle(process.stderr, options.color),
    total: loaded.flows.length,
    now: () => performance.now(),
  });
  const settings: LocalRunSettings = {
    cwd: process.cwd(),
    root: loaded.root,
    data: options.data,
    actions: loaded.actions,
    given: loaded.given,
    seed: options.seed,
    cancel: interruption.cancel,
    force: interruption.force,
    log: (message) => progress.around(() => process.stderr.write(`${message}\n`)),
  };
  return runSuite(loaded.flows, {
    flowsAtOnce: flowsAtOnce(options.parallel),
    failFast: options.failFast === true,
    cancel: interruption.cancel,
    runOne: (flow) => runOne(flow, { carry, settings, reporters, progress }),
    ended: (result) => {
      progress.ended(result.file);
      progress.around(() => tell(reporters, (reporter) => reporter.flowEnded?.(result)));
    },
  });
};

interface Running {
  readonly carry: Carry;
  readonly settings: LocalRunSettings;
  readonly reporters: readonly Reporter[];
  readonly progress: Progress;
}

const runOne = async (prepared: PreparedFlow, running: Running): Promise<FlowResult> => {
  const { carry, settings, reporters, progress } = running;
  const flow = prepared.flow as Flow;
  progress.started(prepared.file);
  const projection = runReport('');
  const isDetailed = reporters.some((reporter) => reporter.isDetailed);
  let state = projection.initial;
  const onEvent = (event: RunEvent): void => {
    state = project(projection, state, isDetailed ? event : outcomesOnly(event));
    if (event.type === 'StepStarted') progress.step(prepared.file, event.id);
    if (event.type === 'EnvironmentAwaited')
      progress.step(prepared.file, `waiting for the test environment ${event.context} (${event.status})`);
    progress.around(() =>
      tell(reporters, (reporter) => reporter.flowProgress?.(prepared.file, event, () => reportOf(state))),
    );
  };
  const runId = await carry({ ...prepared, flow }, settings, onEvent);
  const report = { ...reportOf(state), runId };
  return {
    file: prepared.file,
    name: flow.name,
    status: flowStatus(report),
    report,
    diagnostics: prepared.diagnostics,
    text: prepared.text,
  };
};

const tell = (reporters: readonly Reporter[], what: (reporter: Reporter) => void): void => {
  for (const reporter of reporters) what(reporter);
};

const exitReason = (flows: readonly FlowResult[], { cancel }: Interruption): ExitReason => {
  const reasons = flows.map(exitReasonOf).filter((reason) => reason !== undefined);
  if (cancel.aborted && cancel.reason instanceof Interrupted) reasons.push(cancel.reason.reason);
  return strongestReason(reasons);
};

/** When one file is invalid nothing runs at all; the reports say which are to blame and which were held back. */
const endInvalid = (loaded: LoadedFlows, reporters: readonly Reporter[], durationMs: number): void => {
  const flows = loaded.flows.map((flow): FlowResult => {
    const base = {
      file: flow.file,
      name: flow.flow?.name ?? flow.file,
      diagnostics: flow.diagnostics,
      text: flow.text,
    };
    if (isInvalid(flow)) return { ...base, status: 'invalid' };
    return { ...base, status: 'skipped', reason: 'not run: another file is invalid' };
  });
  tell(reporters, (reporter) => reporter.suiteEnded?.({ flows, exitReason: 'invalid', durationMs }));
  const invalid = flows.filter(({ status }) => status === 'invalid').length;
  throw new CommandEnd('invalid', nothingSent(invalid, flows.length));
};

const end = (result: SuiteResult, reporters: readonly Reporter[]): void => {
  tell(reporters, (reporter) => reporter.suiteEnded?.(result));
  if (result.exitReason !== 'passed') throw new CommandEnd(result.exitReason, '');
};
