import type { JsonReport, JsonReportFlow, JsonReportStep } from '@testmesh/contracts';
import type { AssertionRecord, Exchange, Span, StepError } from '@testmesh/domain';
import { sorted, stringifyJson, type Value, type ValueMap } from '@testmesh/domain';
import type { EnvironmentReport, StepReport } from '../run-report.ts';
import { countFlows, type FlowResult, type SuiteResult } from './suite-result.ts';

const SCHEMA: JsonReport['schema'] = 'https://testmesh.io/schemas/report-1.json';

/** The JSON report as one document, with exact numbers as their digits. */
export const jsonText = (result: SuiteResult): string =>
  `${stringifyJson(jsonReport(result) as unknown as Value, 2)}\n`;

/** The invocation in the form that `testmesh schema --report` publishes. */
const jsonReport = (result: SuiteResult): JsonReport => ({
  schema: SCHEMA,
  exitReason: result.exitReason,
  summary: { ...countFlows(result.flows), durationMs: rounded(result.durationMs) },
  flows: result.flows.map(flowOf),
});

const flowOf = ({ file, name, status, reason, report, diagnostics }: FlowResult): JsonReportFlow => {
  const why = reason ?? report?.reason;
  return {
    file,
    name,
    status,
    ...(why !== undefined && { reason: why }),
    ...(report?.error !== undefined && { error: errorOf(report.error) }),
    durationMs: rounded(report?.durationMs ?? 0),
    ...(report !== undefined && { runId: report.runId, seed: report.seed }),
    ...environmentOf(report?.testEnvironment),
    teardown: { status: report?.teardown.status ?? 'none' },
    ...(diagnostics.length > 0 && {
      diagnostics: diagnostics.map(({ code, severity, message, span }) => ({
        code,
        severity,
        message,
        ...start(span),
      })),
    }),
    steps: (report?.steps ?? []).map(stepOf),
  };
};

const environmentOf = (
  environment: EnvironmentReport | undefined,
): Pick<JsonReportFlow, 'testEnvironment'> | undefined => {
  if (environment === undefined || 'waitsFor' in environment) return undefined;
  const { routes, ...rest } = environment;
  const services = routes.map(({ service: name, url, where }) => ({ name, url, where }));
  return { testEnvironment: { ...rest, services } };
};

const stepOf = (step: StepReport): JsonReportStep => ({
  id: step.id,
  phase: step.phase,
  action: step.action,
  ...(step.plugin !== undefined && { plugin: step.plugin }),
  status: step.status === 'running' ? 'not run' : step.status,
  ...(step.reason !== undefined && { reason: step.reason }),
  ...(step.excused && { excused: true }),
  attempts: step.attempts.length,
  attemptsDetail: step.attempts.map(({ status, durationMs, error, failures }) => ({
    status,
    durationMs: rounded(durationMs),
    ...(error !== undefined && { error: errorOf(error) }),
    failures: [...failures],
  })),
  durationMs: rounded(step.durationMs),
  assertions: step.assertions.map(assertionOf),
  ...(step.error !== undefined && { error: errorOf(step.error) }),
  ...(step.exchange !== undefined && { exchange: exchangeOf(step.exchange) }),
  outputs: sorted(step.captured) as ValueMap,
  steps: step.steps.map(stepOf),
});

const assertionOf = (assertion: AssertionRecord): JsonReportStep['assertions'][number] => {
  const { expression, group, passed, actual, expected, message, span } = assertion;
  return {
    expression,
    group,
    passed,
    ...(actual !== undefined && { actual: sorted(actual) }),
    ...(expected !== undefined && { expected: sorted(expected) }),
    ...(message !== undefined && { message }),
    ...(span !== undefined && { line: span.line, column: span.column }),
  };
};

const exchangeOf = ({ request, response, seen, ...rest }: Exchange): NonNullable<JsonReportStep['exchange']> => ({
  ...rest,
  ...(request !== undefined && { request: sorted(request) }),
  ...(response !== undefined && { response: sorted(response) }),
  ...(seen !== undefined && { seen: sorted(seen) }),
});

const errorOf = ({ code, message, span, help }: StepError): NonNullable<JsonReportStep['error']> => ({
  code,
  message,
  ...(span !== undefined && start(span)),
  ...(help !== undefined && { help }),
});

const start = ({ file, line, column }: Span): { file: string; line: number; column: number } => ({
  file,
  line,
  column,
});

const rounded = (ms: number): number => Math.round(ms * 1000) / 1000;
