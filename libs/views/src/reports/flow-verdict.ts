import { allSteps } from '../all-steps.ts';
import type { RunReport } from '../run-report.ts';
import type { FlowResult, FlowStatus, SuiteResult } from './suite-result.ts';

// Codes that say: what the step needed could not be had at all.
const OUT_OF_REACH = new Set([
  'TM4201',
  'TM4501',
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);
// The actions that need infrastructure of their own; an HTTP service that is down is a failed flow.
const NEEDS_INFRASTRUCTURE = /^(?:kafka|docker)[._]/;

/** A run's verdict as the status of its flow. */
export const flowStatus = ({ verdict }: RunReport): FlowStatus => verdict ?? 'error';

/** A run that stands alone, as reports print it. */
export const suiteOfRun = (report: RunReport): SuiteResult => {
  const { file, name } = report;
  const flow: FlowResult = { file, name, status: flowStatus(report), report, diagnostics: [], text: '' };
  return { flows: [flow], exitReason: exitReasonOf(flow) ?? 'failed', durationMs: report.durationMs };
};

/** What one flow contributes to the exit code; `undefined` for one that was not started. */
export const exitReasonOf = (flow: FlowResult): SuiteResult['exitReason'] | undefined => {
  if (flow.status === 'passed') return 'passed';
  if (flow.status === 'invalid') return 'invalid';
  if (flow.status === 'skipped' || flow.status === 'cancelled') return undefined;
  return flow.report !== undefined && lacksInfrastructure(flow.report) ? 'infrastructure' : 'failed';
};

const NO_ENVIRONMENT = new Set(['TM5090', 'TM5091', 'TM5092', 'TM5093', 'TM5094', 'TM5095']);

/** Docker, a broker or a test environment could not be had, and nothing was asserted by then. */
const lacksInfrastructure = (report: RunReport): boolean => {
  const steps = allSteps(report.steps);
  const asserted = steps.some(({ assertions }) => assertions.some(({ group }) => group !== 'implied'));
  return (
    !asserted &&
    (NO_ENVIRONMENT.has(report.error?.code ?? '') ||
      steps.some(
        ({ action, error }) => NEEDS_INFRASTRUCTURE.test(action) && error !== undefined && OUT_OF_REACH.has(error.code),
      ))
  );
};
