import type { StepError } from '@testmesh/domain';
import { allSteps } from '../all-steps.ts';
import type { StepReport } from '../run-report.ts';
import { expectationLine } from './expectation-line.ts';
import type { FlowResult, SuiteResult } from './suite-result.ts';

// JUnit as Jenkins' and GitLab's readers take it: a suite is a flow, a case is a step. `<failure>` is an expectation that
// did not hold, `<error>` a step that could not be carried out, `<skipped>` carries its reason.

/** The invocation as one JUnit document. */
export const junitText = (result: SuiteResult): string => {
  const suites = result.flows.map(suiteOf);
  const total = suites.reduce((sum, { counts }) => add(sum, counts), ZERO);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="testmesh" ${attributes({ ...total, time: seconds(result.durationMs) })}>`,
    ...suites.map(({ text }) => text),
    '</testsuites>',
    '',
  ].join('\n');
};

interface Counts {
  readonly tests: number;
  readonly failures: number;
  readonly errors: number;
  readonly skipped: number;
}

const ZERO: Counts = { tests: 0, failures: 0, errors: 0, skipped: 0 };

const add = (a: Counts, b: Counts): Counts => ({
  tests: a.tests + b.tests,
  failures: a.failures + b.failures,
  errors: a.errors + b.errors,
  skipped: a.skipped + b.skipped,
});

interface Case {
  readonly kind: 'passed' | 'failures' | 'errors' | 'skipped';
  readonly text: string;
}

const suiteOf = (flow: FlowResult): { text: string; counts: Counts } => {
  const cases = casesOf(flow);
  const count = (kind: Case['kind']): number => cases.filter((one) => one.kind === kind).length;
  const counts = {
    tests: cases.length,
    failures: count('failures'),
    errors: count('errors'),
    skipped: count('skipped'),
  };
  const { report } = flow;
  const properties = report && [
    ['run', report.runId],
    ['seed', report.seed],
    ...(report.environment === undefined ? [] : [['environment', report.environment]]),
  ];
  const text = [
    `  <testsuite ${attributes({ name: flow.name, file: flow.file, ...counts, time: seconds(report?.durationMs ?? 0) })}>`,
    ...(properties === undefined
      ? []
      : [
          '    <properties>',
          ...properties.map(([name = '', value = '']) => `      <property ${attributes({ name, value })}/>`),
          '    </properties>',
        ]),
    ...cases.map((one) => one.text),
    '  </testsuite>',
  ].join('\n');
  return { text, counts };
};

const casesOf = (flow: FlowResult): readonly Case[] => {
  const steps = allSteps(flow.report?.steps ?? []).map((step) => stepCase(step, flow));
  const whole = flowCase(flow);
  return whole === undefined ? steps : [...steps, whole];
};

const stepCase = (step: StepReport, flow: FlowResult): Case => {
  const head = {
    name: step.path,
    classname: flow.file,
    file: flow.file,
    line: step.span.line,
    time: seconds(step.durationMs),
  };
  if (step.status === 'not run' || step.status === 'running')
    return caseOf('skipped', head, '<skipped message="not run"/>');
  if (step.status === 'skipped') {
    return caseOf('skipped', head, `<skipped ${attributes({ message: step.reason ?? 'skipped' })}/>`);
  }
  if (step.status === 'passed') return caseOf('passed', head, ...flaky(step));
  if (step.excused)
    return caseOf('passed', head, `<system-out>${escaped(`excused: ${step.reason ?? ''}`)}</system-out>`);
  if (step.status === 'error') return caseOf('errors', head, problem('error', step.error));
  const broken = step.assertions.filter(({ passed }) => !passed);
  const details = broken.map(expectationLine);
  const exchange = step.exchange === undefined ? [] : [step.exchange.summary];
  return caseOf(
    'failures',
    head,
    `<failure ${attributes({ message: details[0] ?? step.error?.message ?? 'failed', type: 'assertion' })}>${escaped([...details, ...exchange].join('\n'))}</failure>`,
  );
};

/** Earlier attempts of a step that passed in the end, as Surefire's `flakyFailure`. */
const flaky = (step: StepReport): readonly string[] =>
  step.attempts
    .filter(({ status }) => status !== 'passed')
    .map(({ error, failures }) => {
      const message = error?.message ?? failures.join('; ');
      return `<flakyFailure ${attributes({ message, type: error?.code ?? 'assertion' })}/>`;
    });

/** A failure that no step shows: an invalid file, a flow that was not started or that checked nothing. */
const flowCase = (flow: FlowResult): Case | undefined => {
  const head = { name: flow.name, classname: flow.file, file: flow.file, time: '0.000' };
  if (flow.status === 'invalid') {
    const texts = flow.diagnostics.map(
      ({ code, message, span }) => `${span.file}:${span.line}:${span.column} ${code} ${message}`,
    );
    return caseOf(
      'errors',
      head,
      `<error ${attributes({ message: texts[0] ?? 'invalid', type: 'invalid' })}>${escaped(texts.join('\n'))}</error>`,
    );
  }
  if (flow.status === 'skipped')
    return caseOf('skipped', head, `<skipped ${attributes({ message: flow.reason ?? 'not started' })}/>`);
  const red = allSteps(flow.report?.steps ?? []).some(
    ({ status, excused }) => (status === 'failed' || status === 'error') && !excused,
  );
  if (flow.status === 'passed' || red) return undefined;
  return caseOf(
    'errors',
    head,
    `<error ${attributes({ message: flow.report?.reason ?? flow.status, type: flow.status })}/>`,
  );
};

const caseOf = (
  kind: Case['kind'],
  head: Readonly<Record<string, string | number>>,
  ...inner: readonly string[]
): Case => ({
  kind,
  text:
    inner.length === 0
      ? `    <testcase ${attributes(head)}/>`
      : [`    <testcase ${attributes(head)}>`, ...inner.map((line) => `      ${line}`), '    </testcase>'].join('\n'),
});

const problem = (tag: string, error: StepError | undefined): string =>
  `<${tag} ${attributes({ message: error?.message ?? 'error', type: error?.code ?? 'error' })}>${escaped(error?.help ?? '')}</${tag}>`;

const seconds = (ms: number): string => (ms / 1000).toFixed(3);

const attributes = (values: Readonly<Record<string, string | number>>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}="${escaped(String(value))}"`)
    .join(' ');

// XML 1.0 has no place for most control characters, escaped or not.
const escaped = (text: string): string =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters XML 1.0 forbids
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;');
