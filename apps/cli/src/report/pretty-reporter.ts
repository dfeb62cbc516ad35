import { renderDiagnostic } from '@testmesh/flow/excerpts';
import { allSteps, counted, duration, type FlowResult, type RunReport } from '@testmesh/views';
import type { Style } from '../terminal/style.ts';
import { FlowText, flowText } from './flow-text.ts';
import { totalLine } from './line-reports.ts';
import type { Reporter, Write } from './reporter.ts';

/** For people: one flow is shown step by step while it runs; of several, green ones take a line and red ones say why. */
export const prettyReporter = (write: Write, style: Style, flowCount: number): Reporter =>
  flowCount === 1 ? single(write, style) : several(write, style);

// Faster than an eye follows, slow enough that a flow of thousands of quick steps is not spent on printing them.
const REFRESH_MS = 50;

const single = (write: Write, style: Style): Reporter => {
  const text = new FlowText(style);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const print = (report: RunReport, atEnd: boolean): void => {
    clearTimeout(timer);
    timer = undefined;
    write(text.advance(report, atEnd));
  };
  // The end is printed once, with the run's id, when the whole flow has ended.
  const printProgress = (report: RunReport): void => {
    if (report.status !== 'finished') print(report, false);
  };
  return {
    flowProgress: (_file, event, report) => {
      const isNews = event.type === 'RunStarted' || (event.type === 'StepCompleted' && event.parent === undefined);
      if (isNews) timer ??= setTimeout(() => printProgress(report()), REFRESH_MS);
    },
    flowEnded: (flow) => (flow.report === undefined ? write(notRun(flow, style)) : print(flow.report, true)),
  };
};

const several = (write: Write, style: Style): Reporter => ({
  flowEnded: (flow) => {
    if (flow.report === undefined) write(notRun(flow, style));
    else if (flow.status === 'passed') write(passedLine(flow, style));
    else write(`\n${flowText(flow.report, style)}\n`);
  },
  suiteEnded: (result) => write(style.bold(totalLine(result))),
});

const passedLine = ({ name, file, report }: FlowResult, style: Style): string => {
  const steps = allSteps(report?.steps ?? []);
  const excused = steps.filter((step) => step.excused).length;
  const note = excused === 0 ? '' : style.yellow(`  ${counted(excused, 'excused failure')}`);
  const facts = style.dim(`${file}  ${counted(steps.length, 'step')} in ${duration(report?.durationMs ?? 0)}`);
  return `${style.green(style.signs.passed)} ${name}  ${facts}${note}\n`;
};

const notRun = (flow: FlowResult, style: Style): string => {
  if (flow.status === 'invalid') {
    return flow.diagnostics.map((diagnostic) => `${renderDiagnostic(diagnostic, flow.text)}\n`).join('\n');
  }
  return `${style.yellow(style.signs.skipped)} ${flow.name}  ${style.dim(flow.file)}  ${flow.reason ?? 'not run'}\n`;
};
