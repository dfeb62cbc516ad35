import type { Phase } from '@testmesh/domain';
import { allSteps, counted, duration, environmentText, type RunReport, type StepReport, WHERE } from '@testmesh/views';
import type { Style } from '../terminal/style.ts';
import { failureLines } from './failure-text.ts';

// The report of one flow as text. It is printed piece by piece while the flow runs and all at once from its journal;
// both are the same bytes, because every piece is a function of the report alone.

/** The lines of a report that are settled so far and not printed yet; keeps its place between calls. */
export class FlowText {
  #printed = 0;
  #phase: Phase | undefined;
  #hasHeader = false;
  #hasEnvironment = false;
  readonly #style: Style;

  constructor(style: Style) {
    this.#style = style;
  }

  /** What can be said now; at the end, everything that is left, also of a run that was cut off. */
  advance(report: RunReport, atEnd: boolean): string {
    const lines: string[] = [];
    if (!this.#hasHeader) {
      this.#hasHeader = true;
      lines.push(header(report, this.#style));
    }
    const settled = atEnd ? report.steps.length : lastSettled(report.steps) + 1;
    if (!this.#hasEnvironment && (settled > 0 || atEnd)) {
      this.#hasEnvironment = true;
      lines.push(...environmentLines(report, this.#style));
    }
    for (const step of report.steps.slice(this.#printed, settled)) {
      if (step.phase !== this.#phase) lines.push(this.#style.dim(`  ${step.phase}`));
      this.#phase = step.phase;
      lines.push(...stepLines(step, 4, this.#style));
    }
    this.#printed = Math.max(this.#printed, settled);
    if (atEnd) lines.push(...ending(report, this.#style));
    return lines.map((line) => `${line}\n`).join('');
  }
}

/** The whole report of a run. */
export const flowText = (report: RunReport, style: Style): string => new FlowText(style).advance(report, true);

const lastSettled = (steps: readonly StepReport[]): number =>
  steps.findLastIndex(({ status }) => status !== 'running' && status !== 'not run');

const header = ({ name, file, environment }: RunReport, style: Style): string =>
  `${style.bold(name)}   ${style.dim(environment === undefined ? file : `${file} · environment ${environment}`)}`;

const stepLines = (step: StepReport, indent: number, style: Style): readonly string[] => [
  `${' '.repeat(indent)}${sign(step, style)} ${step.id.padEnd(Math.max(0, 28 - indent))} ${note(step, style)}`.trimEnd(),
  ...nestedLines(step.steps, indent + 2, style),
];

/** Which service was reached where; what never came is in the verdict. */
const environmentLines = ({ testEnvironment }: RunReport, style: Style): readonly string[] => {
  if (testEnvironment === undefined || 'waitsFor' in testEnvironment) return [];
  const { routes } = testEnvironment;
  const width = Math.max(0, ...routes.map(({ service }) => service.length));
  return [
    style.dim(`  test environment ${environmentText(testEnvironment)}`),
    ...routes.map(({ service, url, where }) => style.dim(`    ${service.padEnd(width)}  ${url}  ${WHERE[where]}`)),
  ];
};

const ROUNDS_SHOWN = 12;
const LAST_SHOWN = 3;

/** Of many rounds, those that did not pass and the last ones; how many more there were is said. */
const nestedLines = (steps: readonly StepReport[], indent: number, style: Style): readonly string[] => {
  const shown =
    steps.length <= ROUNDS_SHOWN
      ? steps
      : steps.filter(({ status }, index) => status !== 'passed' || index >= steps.length - LAST_SHOWN);
  const hidden = steps.length - shown.length;
  const more = hidden === 0 ? [] : [style.dim(`${' '.repeat(indent)}${hidden} more passed`)];
  return [...more, ...shown.flatMap((nested) => stepLines(nested, indent, style))];
};

const sign = ({ status, excused }: StepReport, style: Style): string => {
  if (status === 'passed') return style.green(style.signs.passed);
  if (status === 'skipped') return style.yellow(style.signs.skipped);
  if (status === 'not run' || status === 'running') return style.dim('○');
  return excused ? style.yellow(style.signs.failed) : style.red(style.signs.failed);
};

const note = (step: StepReport, style: Style): string => {
  if (step.status === 'not run') return style.dim('not run');
  if (step.status === 'skipped') return style.yellow(`skipped: ${step.reason ?? 'no reason was recorded'}`);
  const summary = step.exchange?.summary ?? step.title ?? step.action;
  const parts = [
    shortened(summary, Math.max(60, style.width - 40)),
    // An exchange's summary says how long it took; a second figure beside it would only puzzle.
    ...(SAYS_HOW_LONG.test(summary) ? [] : [style.dim(duration(step.durationMs))]),
    ...(step.attempts.length > 1 ? [style.yellow(`${step.attempts.length} attempts`)] : []),
    ...(step.excused && step.reason !== undefined ? [style.yellow(step.reason)] : []),
  ];
  return parts.join('  ');
};

const SAYS_HOW_LONG = / in \d[\d.]* (?:ms|s)$/;

/** Cut in the middle: what came back stands at the end. */
const shortened = (summary: string, width: number): string => {
  if (summary.length <= width) return summary;
  const arrow = summary.lastIndexOf(' → ');
  const end = arrow === -1 ? '' : summary.slice(arrow);
  return `${summary.slice(0, Math.max(20, width - end.length - 1))}…${end}`;
};

const ending = (report: RunReport, style: Style): readonly string[] => {
  const red = allSteps(report.steps).filter(({ status }) => status === 'failed' || status === 'error');
  return [
    ...red.flatMap((step) => ['', ...failureLines(step, report.sources, style)]),
    ...(red.length > 0 ? [''] : []),
    verdictLine(report, style),
  ];
};

const CUT_OFF: Partial<Record<RunReport['status'], string>> = { running: 'it did not end' };

const verdictLine = (report: RunReport, style: Style): string => {
  const { verdict = 'error', reason = CUT_OFF[report.status], durationMs, runId, seed } = report;
  const steps = allSteps(report.steps).filter(({ status }) => status !== 'not run');
  const checks = steps.reduce((sum, step) => sum + step.checks, 0);
  const word = verdict === 'passed' ? style.green('passed') : style.red(verdict.replace('_', ' '));
  return [
    `${style.bold(word)}${reason === undefined ? '' : `: ${reason}`}`,
    `${counted(steps.length, 'step')}, ${counted(checks, 'check')} in ${duration(durationMs)}`,
    style.dim(`run ${runId}`),
    ...(verdict === 'passed' ? [] : [style.dim(`seed ${seed}`)]),
  ].join(' · ');
};
