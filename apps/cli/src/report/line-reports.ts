import type { Span } from '@testmesh/domain';
import {
  allSteps,
  counted,
  countFlows,
  duration,
  expectationLine,
  type FlowResult,
  type StepReport,
  type SuiteResult,
} from '@testmesh/views';

// Reports of one line per thing: for logs, for TAP consumers and for GitHub's annotations.

/** One line per flow, and one per step that is to blame. */
export const flowLine = (flow: FlowResult): string => {
  const steps = counted(allSteps(flow.report?.steps ?? []).length, 'step');
  const head = `${flow.status.replace('_', ' ')}  ${flow.file}  ${flow.name}  ${steps} in ${duration(flow.report?.durationMs ?? 0)}`;
  const why = flow.reason ?? flow.report?.reason;
  return [`${head}${why === undefined ? '' : `  ${why}`}`, ...blame(flow).map(({ text }) => `  ${text}`), ''].join(
    '\n',
  );
};

export const totalLine = (result: SuiteResult): string => {
  const { flows, passed, failed, errors, skipped } = countFlows(result.flows);
  return `${counted(flows, 'flow')}: ${passed} passed, ${failed} failed, ${errors} errors, ${skipped} skipped in ${duration(result.durationMs)}\n`;
};

/** TAP version 14: a test point per flow, steps as a subtest. */
export const tapText = (result: SuiteResult): string =>
  [
    'TAP version 14',
    `1..${result.flows.length}`,
    ...result.flows.flatMap((flow, index) => tapFlow(flow, index + 1)),
    '',
  ].join('\n');

const tapFlow = (flow: FlowResult, number: number): readonly string[] => {
  const steps = allSteps(flow.report?.steps ?? []);
  const ok = flow.status === 'passed' || flow.status === 'skipped' ? 'ok' : 'not ok';
  const directive = flow.status === 'skipped' ? ` # SKIP ${oneLine(flow.reason ?? '')}` : '';
  return [
    `# Subtest: ${tapName(flow.name)}`,
    `    1..${steps.length}`,
    ...steps.map((step, index) => `    ${tapStep(step, index + 1)}`),
    `${ok} ${number} - ${tapName(`${flow.file}: ${flow.name}`)}${directive}`,
    ...(ok === 'ok' ? [] : ['  ---', ...blame(flow).map(({ text }) => `  - ${JSON.stringify(text)}`), '  ...']),
  ];
};

const tapStep = (step: StepReport, number: number): string => {
  const skipped = step.status === 'skipped' || step.status === 'not run';
  const ok = step.status === 'passed' || skipped || step.excused ? 'ok' : 'not ok';
  return `${ok} ${number} - ${tapName(step.path)}${skipped ? ` # SKIP ${oneLine(step.reason ?? 'not run')}` : ''}`;
};

const tapName = (text: string): string => oneLine(text).replaceAll('\\', '\\\\').replaceAll('#', '\\#');
const oneLine = (text: string): string => text.replace(/\s+/g, ' ');

const ANNOTATIONS = 10;

/** GitHub workflow commands: the first ten annotations, which is what a page shows, and a summary line. */
export const githubText = (result: SuiteResult): string => {
  const all = result.flows.flatMap((flow) => blame(flow).map((one) => ({ ...one, flow })));
  const lines = all.slice(0, ANNOTATIONS).map(({ text, span, flow }) => {
    const place = span ?? { file: flow.file, line: 1, column: 1, endLine: 1 };
    const properties = {
      file: place.file,
      line: place.line,
      endLine: place.endLine,
      col: place.column,
      title: flow.name,
    };
    return `::error ${Object.entries(properties)
      .map(([name, value]) => `${name}=${property(String(value))}`)
      .join(',')}::${message(text)}`;
  });
  const rest = all.length > ANNOTATIONS ? [`${all.length - ANNOTATIONS} more problems are in the log`] : [];
  return [...lines, ...rest, totalLine(result)].join('\n');
};

// https://docs.github.com/actions/reference/workflow-commands-for-github-actions: data and properties have their own escapes.
const message = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const property = (text: string): string => message(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

interface Blame {
  readonly text: string;
  readonly span: Span | undefined;
}

/** What is to blame for a flow that did not pass, one entry per expectation or error. */
const blame = (flow: FlowResult): readonly Blame[] => [
  ...flow.diagnostics
    .filter(({ severity }) => severity === 'error')
    .map(({ code, message, span }) => ({ text: `${code} ${message}`, span })),
  ...allSteps(flow.report?.steps ?? []).flatMap(stepBlame),
];

const stepBlame = (step: StepReport): readonly Blame[] => {
  if (step.excused || (step.status !== 'failed' && step.status !== 'error')) return [];
  const broken = step.assertions
    .filter(({ passed }) => !passed)
    .map((assertion) => ({ text: `${step.path}: ${expectationLine(assertion)}`, span: assertion.span ?? step.span }));
  if (step.error === undefined) return broken;
  return [
    ...broken,
    { text: `${step.path}: ${step.error.code} ${step.error.message}`, span: step.error.span ?? step.span },
  ];
};
