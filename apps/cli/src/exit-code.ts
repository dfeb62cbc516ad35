// Why the process ends, and the code it ends with. The order of this list is the precedence when several apply.
export const EXIT_REASONS = [
  ['terminated', 143],
  ['interrupted', 130],
  ['internal', 70],
  ['usage', 2],
  ['invalid', 3],
  ['unauthenticated', 4],
  ['nothing_matched', 5],
  ['timed_out', 7],
  ['failed', 1],
  ['infrastructure', 6],
  ['passed', 0],
] as const;

export type ExitReason = (typeof EXIT_REASONS)[number][0];

export const exitCode = (reason: ExitReason): number => EXIT_REASONS.find(([name]) => name === reason)?.[1] ?? 70;

/** The reason that wins when several apply; `passed` when there is none. */
export const strongestReason = (reasons: Iterable<ExitReason>): ExitReason => {
  const given = new Set(reasons);
  return EXIT_REASONS.find(([name]) => given.has(name))?.[0] ?? 'passed';
};

/** Ends the command with a reason and a text for stderr; thrown by commands, caught only by `main`. */
export class CommandEnd extends Error {
  readonly reason: ExitReason;
  constructor(reason: ExitReason, message: string) {
    super(message);
    this.reason = reason;
  }
}
