import type { StepError, StepPath } from '@testmesh/domain';

/** Why work in flight was stopped from outside. */
export type InterruptionKind =
  | 'step-timeout'
  | 'retries-over'
  | 'wait-over'
  | 'branch-failed'
  | 'flow-timeout'
  | 'teardown-timeout'
  | 'cancelled'
  | 'forced'
  | 'journal-lost'
  | 'executor-lost'
  | 'environment-lost';

const CODES: Readonly<Record<InterruptionKind, string>> = {
  'step-timeout': 'TM5001',
  'retries-over': 'TM5002',
  'flow-timeout': 'TM5003',
  'teardown-timeout': 'TM5004',
  cancelled: 'TM5005',
  forced: 'TM5006',
  'branch-failed': 'TM5007',
  'wait-over': 'TM5008',
  'journal-lost': 'TM5009',
  'executor-lost': 'TM5081',
  'environment-lost': 'TM5095',
};

export const interruptionCode = (kind: InterruptionKind): string => CODES[kind];

/** Why the other branches of a step are stopped. */
export const stoppedBecause = (failed: StepPath): string => `it was stopped because ${failed} failed`;

/** The reason an abort signal carries; `isFinal` ones stop the run, the others only a step. */
export class Interruption extends Error {
  readonly kind: InterruptionKind;

  constructor(kind: InterruptionKind, message: string) {
    super(message);
    this.kind = kind;
  }

  get isFinal(): boolean {
    return this.kind !== 'step-timeout' && this.kind !== 'retries-over';
  }

  get error(): StepError {
    return { code: CODES[this.kind], message: this.message };
  }
}

/** What stops the other branches of a step when one of them failed. */
export const branchFailed = (failed: StepPath): Interruption =>
  new Interruption('branch-failed', stoppedBecause(failed));

/** The interruption behind an aborted signal, whatever its owner gave as the reason. */
export const interruptionOf = (signal: AbortSignal): Interruption => {
  const reason: unknown = signal.reason;
  return reason instanceof Interruption ? reason : new Interruption('cancelled', 'the run was cancelled');
};
