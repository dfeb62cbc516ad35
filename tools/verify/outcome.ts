// What a suite said, and the words for it. Read this file first; it is pure.
export type Skip = { readonly test: string; readonly reason: string };

export type SuiteOutcome = {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  readonly skips: readonly Skip[];
  /** Failed, and passed when their file was run again, alone: counted as passed, told as defects. */
  readonly flaky?: readonly string[];
  readonly durationMs: number;
  /** What a person needs to see of it; empty when all is well. */
  readonly words: string;
};

export type Verdict = { readonly lines: readonly string[]; readonly isGreen: boolean };

const seconds = (durationMs: number) => `${(durationMs / 1000).toFixed(1)} s`;

/** One line per suite, told as soon as it ends. */
export const suiteLine = ({ name, passed, failed, skips, durationMs }: SuiteOutcome): string => {
  const counts = [`${passed} passed`, `${failed} failed`, `${skips.length} skipped`].join(', ');
  return `${failed > 0 ? 'FAIL' : 'ok  '} ${name.padEnd(24)} ${seconds(durationMs).padStart(8)}  ${counts}`;
};

const skippedBecause = (outcomes: readonly SuiteOutcome[]): string[] => {
  const counts = new Map<string, number>();
  for (const { reason } of outcomes.flatMap(({ skips }) => skips)) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, count]) => `skipped ${count}: ${reason}`);
};

const total = (outcomes: readonly SuiteOutcome[], count: (outcome: SuiteOutcome) => number): number =>
  outcomes.reduce((sum, outcome) => sum + count(outcome), 0);

/** The end of a verification: reasons, times, and the one line that counts everything. */
export const verdictOf = (outcomes: readonly SuiteOutcome[]): Verdict => {
  const passed = total(outcomes, (outcome) => outcome.passed);
  const failed = total(outcomes, (outcome) => outcome.failed);
  const skipped = total(outcomes, (outcome) => outcome.skips.length);
  const lines = [
    ...outcomes.map(suiteLine),
    ...skippedBecause(outcomes),
    ...outcomes.flatMap(({ flaky = [] }) => flaky.map((test) => `flaky (failed once, passed alone): ${test}`)),
    `${passed} passed, ${failed} failed, ${skipped} skipped`,
  ];
  return { lines, isGreen: failed === 0 && passed > 0 };
};
