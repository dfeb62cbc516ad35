import { canonicalJson, type Value } from '@testmesh/domain';
import type { RunReport, StepReport } from '@testmesh/views';

// What is different between two runs, step by step and by path.

export interface StepDifference {
  readonly path: string;
  readonly kind: 'only here' | 'only there' | 'different';
  /** What differs: `status`, `captured.order_id`, `assertions`. */
  readonly changes: readonly { readonly what: string; readonly here: Value; readonly there: Value }[];
  readonly here_ms: number | null;
  readonly there_ms: number | null;
}

export const diffRuns = (here: RunReport, there: RunReport): readonly StepDifference[] => {
  const [ours, theirs] = [byPath(here), byPath(there)];
  const paths = [...new Set([...ours.keys(), ...theirs.keys()])];
  return paths.flatMap((path) => {
    const difference = differenceOf(path, ours.get(path), theirs.get(path));
    return difference.kind === 'different' && difference.changes.length === 0 ? [] : [difference];
  });
};

const byPath = (report: RunReport): ReadonlyMap<string, StepReport> =>
  new Map(report.steps.flatMap(within).map((step) => [step.path, step]));

const within = (step: StepReport): readonly StepReport[] => [step, ...step.steps.flatMap(within)];

const differenceOf = (path: string, here: StepReport | undefined, there: StepReport | undefined): StepDifference => {
  const durations = { here_ms: here?.durationMs ?? null, there_ms: there?.durationMs ?? null };
  if (here === undefined) return { path, kind: 'only there', changes: [], ...durations };
  if (there === undefined) return { path, kind: 'only here', changes: [], ...durations };
  return { path, kind: 'different', changes: changesOf(here, there), ...durations };
};

const changesOf = (here: StepReport, there: StepReport): StepDifference['changes'] => {
  const [ours, theirs] = [facets(here), facets(there)];
  return [...new Set([...Object.keys(ours), ...Object.keys(theirs)])].flatMap((what) => {
    const [left, right] = [ours[what] ?? null, theirs[what] ?? null];
    return canonicalJson(left) === canonicalJson(right) ? [] : [{ what, here: left, there: right }];
  });
};

/** What of a step is compared; times and ids that every run draws anew are not. */
const facets = (step: StepReport): Readonly<Record<string, Value>> => ({
  status: step.status,
  action: step.action,
  attempts: step.attempts.length,
  error: step.error === undefined ? null : { code: step.error.code, message: step.error.message },
  failed_assertions: step.assertions.filter(({ passed }) => !passed).map(({ expression }) => expression),
  ...Object.fromEntries(Object.entries(step.captured).map(([name, value]) => [`captured.${name}`, value])),
});
