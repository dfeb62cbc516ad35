import type { RunCounts, StepFigures } from '@testmesh/store-postgres';
import * as z from 'zod';
import { shownMs } from '../runs/wire.ts';

const percent = z.number().min(0).max(100).nullable();

export const countsBody = z.object({
  executions: z.int(),
  passed: z.int(),
  failed: z.int(),
  errors: z.int(),
  timed_out: z.int(),
  cancelled: z.int(),
  pass_rate: percent.describe('percent of those that were not cancelled; null where there are none'),
  average_ms: z.number().nullable(),
  passed_steps: z.int(),
  failed_steps: z.int(),
});

export const countsOf = (counts: RunCounts): z.input<typeof countsBody> => {
  const { runs, passed, failed, errors, timedOut, cancelled, durationUs, stepsPassed, stepsFailed } = counts;
  const judged = runs - cancelled;
  return {
    executions: runs,
    passed,
    failed,
    errors,
    timed_out: timedOut,
    cancelled,
    pass_rate: judged === 0 ? null : (100 * passed) / judged,
    average_ms: runs === 0 ? null : shownMs(durationUs / runs / 1000),
    passed_steps: stepsPassed,
    failed_steps: stepsFailed,
  };
};

const flowIdentity = {
  flow_id: z.string().nullable().describe('null for a flow that came with its runs'),
  flow_name: z.string(),
};

export const flowCountsBody = countsBody.extend(flowIdentity).meta({ id: 'FlowMetrics' });

export const flakeBody = z
  .object({
    ...flowIdentity,
    runs: z.int(),
    pass_rate: percent,
    transitions: z.int().describe('runs that ended otherwise than the one before'),
    score: z.number().min(0).max(1),
    is_flaky: z.boolean().describe('0.1 or more, over at least five runs'),
    failure_patterns: z.array(z.object({ error: z.string(), count: z.int() })),
  })
  .meta({ id: 'FlakyFlow' });

const MOST_PATTERNS = 5;

/** Each text with how often it is there, the most frequent first. */
export const commonest = (texts: readonly string[]): readonly { readonly error: string; readonly count: number }[] =>
  [...Map.groupBy(texts, (text) => text)]
    .map(([error, same]) => ({ error, count: same.length }))
    .toSorted((a, b) => b.count - a.count)
    .slice(0, MOST_PATTERNS);

export const stepBody = z
  .object({
    flow_name: z.string(),
    step_id: z.string(),
    action: z.string(),
    runs: z.int(),
    failed: z.int(),
    pass_rate: percent,
    average_ms: z.number(),
    p50_ms: z.number(),
    p95_ms: z.number(),
    max_ms: z.number(),
    common_error: z.string().nullable(),
  })
  .meta({ id: 'StepMetrics' });

export const stepOf = (step: StepFigures): z.input<typeof stepBody> => ({
  flow_name: step.flowName,
  step_id: step.stepId,
  action: step.action,
  runs: step.runs,
  failed: step.failed,
  pass_rate: (100 * (step.runs - step.failed)) / step.runs,
  average_ms: shownMs(step.averageMs),
  p50_ms: shownMs(step.p50Ms),
  p95_ms: shownMs(step.p95Ms),
  max_ms: shownMs(step.maxMs),
  common_error: step.commonError,
});
