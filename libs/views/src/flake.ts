// How much a flow changes its mind: the share of runs that ended otherwise than the one before, weighed by how close to
// half of them passed. A flow that always fails is broken, not flaky.

export interface Flake {
  readonly runs: number;
  /** 0 to 1; null where nothing was judged. */
  readonly passRate: number | null;
  readonly transitions: number;
  /** 0 to 1. */
  readonly score: number;
  readonly isFlaky: boolean;
}

/** Fewer runs than these prove nothing. */
const FEWEST_RUNS = 5;
const FLAKY_FROM = 0.1;

/** The flakiness of a flow from how its runs ended, in order, oldest or newest first; what was cancelled tells nothing. */
export const flakeOf = (verdicts: readonly string[]): Flake => {
  const outcomes = verdicts.filter((verdict) => verdict !== 'cancelled').map((verdict) => verdict === 'passed');
  const runs = outcomes.length;
  if (runs === 0) return { runs, passRate: null, transitions: 0, score: 0, isFlaky: false };
  const passRate = outcomes.filter((passed) => passed).length / runs;
  const transitions = outcomes.filter((passed, at) => at > 0 && passed !== outcomes[at - 1]).length;
  const score = runs < 2 ? 0 : (transitions / (runs - 1)) * (1 - 2 * Math.abs(passRate - 0.5));
  return { runs, passRate, transitions, score, isFlaky: runs >= FEWEST_RUNS && score >= FLAKY_FROM };
};
