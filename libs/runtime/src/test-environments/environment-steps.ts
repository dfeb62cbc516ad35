// What follows from what was seen of an environment in its cluster: requests to its keeper, and when to look again. Pure.
import { type LiveEnvironment, type NamePolicy, nameRefusals, nameRefusalText, RECONCILER } from '@testmesh/domain';
import type { EnvironmentRequest, Observation, Teardown } from '@testmesh/ports';

export interface Step {
  readonly requests: readonly EnvironmentRequest[];
  readonly againInMs: number;
}

export interface Pace {
  /** While it is made ready; twice as long once that takes long. */
  readonly followMs: number;
  /** While it is ready or in use. */
  readonly checkMs: number;
  /** While it goes; ten times as long once that takes long. */
  readonly tearDownMs: number;
  /** A cluster that was silent for so long makes its environments sick. */
  readonly silentMs: number;
  /** An end that takes longer is shown with what hinders it. */
  readonly hinderedMs: number;
}

/** Seen: how it stands, or why its cluster could not be asked. */
export type Seen = Observation | { readonly health: 'unknown'; readonly message: string; readonly forMs: number };

export const namesProblem = ({ spec }: LiveEnvironment, policy: NamePolicy): string | undefined => {
  const refusals = nameRefusals(spec, policy);
  return refusals.length === 0 ? undefined : refusals.map(nameRefusalText).join('; ');
};

export interface Provisioning {
  readonly isLate: boolean;
  readonly goesForMs: number;
  readonly readyWithinMinutes: number;
}

/** While it is made ready: it becomes ready, fails, or goes on until its time is over. */
export const afterFollowing = (
  seen: Seen,
  { isLate, goesForMs, readyWithinMinutes: minutes }: Provisioning,
  { followMs, checkMs }: Pace,
): Step => {
  const bound: readonly EnvironmentRequest[] =
    'resources' in seen && seen.resources.length > 0 ? [{ type: 'BindResources', resources: seen.resources }] : [];
  if (seen.health === 'healthy') return { requests: [...bound, { type: 'ReportHealthy' }], againInMs: checkMs };
  if (seen.health === 'degraded' || seen.health === 'refused')
    return { requests: [...bound, failed(seen.message)], againInMs: 0 };
  if (!isLate) return { requests: bound, againInMs: within(goesForMs / 20, followMs, 2 * followMs) };
  const unit = minutes === 1 ? 'minute' : 'minutes';
  return { requests: [...bound, failed(`it was not ready within ${minutes} ${unit}: ${seen.message}`)], againInMs: 0 };
};

const failed = (error: string): EnvironmentRequest => ({ type: 'FailProvisioning', error });

/** While it is ready or in use: it is well, sick until it is well again, or lost. */
export const afterChecking = (seen: Seen, { checkMs, followMs, silentMs }: Pace): Step => {
  switch (seen.health) {
    case 'healthy':
      return { requests: [{ type: 'ReportHealthy' }], againInMs: checkMs };
    case 'progressing':
    case 'degraded':
      return { requests: [{ type: 'ReportSick', error: seen.message }], againInMs: followMs };
    case 'missing':
    case 'refused':
      return {
        requests: [
          // A run that uses it is told; what is left of it goes when that run has ended.
          { type: 'ReportSick', error: seen.message },
          { type: 'RequestDestroy', by: RECONCILER, reason: seen.message, force: false },
        ],
        againInMs: 0,
      };
    case 'unknown':
      return {
        requests: seen.forMs < silentMs ? [] : [{ type: 'ReportSick', error: seen.message }],
        againInMs: followMs,
      };
  }
};

/** While it goes: it is gone, or something still hinders it. */
export const afterTearingDown = (
  seen: Teardown | { readonly outcome: 'unknown'; readonly message: string },
  goesForMs: number,
  { tearDownMs, hinderedMs }: Pace,
): Step => {
  if (seen.outcome === 'gone') return { requests: [{ type: 'CompleteDestroy' }], againInMs: 0 };
  const isHindered = goesForMs >= hinderedMs;
  return {
    requests: isHindered ? [{ type: 'ReportHindrance', error: seen.message }] : [],
    againInMs: within(goesForMs / 5, tearDownMs, 10 * tearDownMs),
  };
};

/** What takes long is asked about less often: a cluster in which much goes on at once is not kept from it by questions. */
const within = (ms: number, least: number, most: number): number => Math.round(Math.min(Math.max(ms, least), most));
