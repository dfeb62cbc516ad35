import type { RunEvent } from '@testmesh/domain';
import type { Flow } from '@testmesh/flow';
import { project, reportOf, runReport } from '@testmesh/views';
import { CommandEnd, type ExitReason, strongestReason } from '../exit-code.ts';
import { chooseReporters, openReporter } from '../report/reporters.ts';
import type { FlowResult, Reporter, SuiteResult } from '../report/suite-result.ts';
import { exitReasonOf, flowStatus } from '../run/flow-verdict.ts';
import { Interrupted, type Interruption, listenForInterruption } from '../run/interruption.ts';
import { diagnosticsText, isInvalid, type LoadedFlows, loadFlows } from '../run/load-flows.ts';
import { type LocalRunSettings, runLocally } from '../run/local-run.ts';
import type { PreparedFlow } from '../run/prepare-flows.ts';
import { flowsAtOnce, overallTimeoutMs, type RunOptions, refuseReserved } from '../run/settings.ts';
import { runSuite } from '../run/suite-run.ts';
import { openProgress, type Progress, progressKind } from '../terminal/progress.ts';
import { fileStyle, terminalStyle } from '../terminal/streams.ts';

/** Runs flows here and ends with the exit code of the strongest reason. */
export const run = async (paths: readonly string[], options: RunOptions): Promise<void> => {
  refuseReserved(options);
  const choices = chooseReporters(options.reporter ?? [], process.env['GITHUB_ACTIONS'] === 'true');
  const timeoutMs = overallTimeoutMs(options.timeout);
  const started = performance.now();
  const loaded = await loadFlows(paths, options, process.cwd());
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

  using interruption = listenForInterruption(timeoutMs, (notice) => process.stderr.write(`${notice}\n`));
  const flows = await runAll(loaded, options, reporters, interruption);
  const durationMs = performance.now() - started;
  end({ flows, exitReason: exitReason(flows, interruption), durationMs }, reporters);
};

const runAll = (
  loaded: LoadedFlows,
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
    runOne: (flow) => runOne(flow, settings, reporters, progress),
    ended: (result) => {
      progress.ended(result.file);
      progress.around(() => tell(reporters, (reporter) => reporter.flowEnded?.(result)));
    },
  });
};

const runOne = async (
  prepared: PreparedFlow,
  settings: LocalRunSettings,
  reporters: readonly Reporter[],
  progress: Progress,
): Promise<FlowResult> => {
  const flow = prepared.flow as Flow;
  progress.started(prepared.file);
  const projection = runReport('');
  let state = projection.initial;
  const onEvent = (event: RunEvent): void => {
    state = project(projection, state, event);
    if (event.type === 'StepStarted') progress.step(prepared.file, event.id);
    progress.around(() =>
      tell(reporters, (reporter) => reporter.flowProgress?.(prepared.file, event, () => reportOf(state))),
    );
  };
  const runId = await runLocally({ ...prepared, flow }, settings, onEvent);
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
  throw new CommandEnd('invalid', `${invalid} of ${flows.length} files invalid: nothing was sent`);
};

const end = (result: SuiteResult, reporters: readonly Reporter[]): void => {
  tell(reporters, (reporter) => reporter.suiteEnded?.(result));
  if (result.exitReason !== 'passed') throw new CommandEnd(result.exitReason, '');
};
