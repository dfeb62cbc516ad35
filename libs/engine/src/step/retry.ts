import type { StepError, Value } from '@testmesh/domain';
import type { Retry, Scope } from '@testmesh/flow';
import { duration, wholeNumber } from './settings.ts';

// When a step is tried again. Invariants:
// E10. `max_attempts` counts all attempts; the pause grows as `backoff` says, never beyond `max_delay`.
// E11. `retry_on` names what is tried again, `retry_on_not` what is not; a defect of the flow never is.
// E12. `max_elapsed` limits all attempts and pauses together.

export interface RetryPolicy {
  readonly maxAttempts: number;
  readonly delayMs: number;
  readonly maxDelayMs: number;
  readonly maxElapsedMs: number;
  readonly backoff: Retry['backoff'];
  readonly jitter: number;
  readonly retryOn: readonly string[];
  readonly retryOnNot: readonly string[];
}

/** What went wrong with an attempt, in the words that `retry_on` may use. */
export interface AttemptFailure {
  readonly status: 'failed' | 'error';
  readonly error?: StepError | undefined;
  /** The status a server answered, when it did. */
  readonly answered?: Value | undefined;
  readonly failures: readonly string[];
}

export const once: RetryPolicy = {
  maxAttempts: 1,
  delayMs: 0,
  maxDelayMs: Number.POSITIVE_INFINITY,
  maxElapsedMs: Number.POSITIVE_INFINITY,
  backoff: 'constant',
  jitter: 0,
  retryOn: [],
  retryOnNot: [],
};

export const retryPolicy = (retry: Retry | undefined, scope: () => Scope): RetryPolicy =>
  retry
    ? {
        maxAttempts: wholeNumber(retry.maxAttempts, scope()),
        delayMs: duration(retry.delayMs, scope()),
        maxDelayMs: retry.maxDelayMs ? duration(retry.maxDelayMs, scope()) : Number.POSITIVE_INFINITY,
        maxElapsedMs: retry.maxElapsedMs ? duration(retry.maxElapsedMs, scope()) : Number.POSITIVE_INFINITY,
        backoff: retry.backoff,
        jitter: retry.jitter,
        retryOn: retry.retryOn,
        retryOnNot: retry.retryOnNot,
      }
    : once;

/** The pause after the given attempt; `random` in [0, 1) takes away up to the jitter's part. */
export const pauseAfter = (attempt: number, policy: RetryPolicy, random: () => number): number => {
  const { backoff, delayMs, maxDelayMs, jitter } = policy;
  const factor = { constant: 1, linear: attempt, exponential: 2 ** (attempt - 1) }[backoff];
  const full = Math.min(delayMs * factor, maxDelayMs);
  return jitter === 0 ? full : full * (1 - jitter * random());
};

export const isRetryable = (failure: AttemptFailure, { retryOn, retryOnNot }: RetryPolicy): boolean => {
  if (failure.error?.defect) return false;
  if (retryOnNot.some((word) => matches(word, failure))) return false;
  return retryOn.length === 0 || retryOn.some((word) => matches(word, failure));
};

const matches = (word: string, { status, error, answered, failures }: AttemptFailure): boolean => {
  const wanted = word.toLowerCase();
  const group = GROUPS[wanted.replaceAll(/[\s-]/g, '_')];
  if (group) return group(status, error);
  if (answered !== undefined && isStatus(wanted, String(answered))) return true;
  if (error?.code.toLowerCase() === wanted) return true;
  return [error?.message ?? '', ...failures].some((text) => text.toLowerCase().includes(wanted));
};

const GROUPS: Readonly<Record<string, (status: AttemptFailure['status'], error: StepError | undefined) => boolean>> = {
  assertion: (status) => status === 'failed',
  assertion_failed: (status) => status === 'failed',
  error: (status) => status === 'error',
  timeout: (_status, error) =>
    error?.code === 'TM5001' || /time(?:d)?[ _-]?out/i.test(`${error?.code} ${error?.message}`),
  connection_error: (_status, error) => CONNECTION.test(error?.code ?? ''),
  network_error: (_status, error) => CONNECTION.test(error?.code ?? ''),
  connection_refused: (_status, error) => error?.code === 'ECONNREFUSED',
};

const CONNECTION = /^(?:ECONN|ENOTFOUND|EAI_|EHOST|ENET|EPIPE|ETIMEDOUT|UND_ERR_SOCKET|UND_ERR_CONNECT)/;

/** `503`, or a class of statuses such as `5xx`. */
const isStatus = (wanted: string, answered: string): boolean =>
  wanted === answered ||
  (/^[1-5]xx$/.test(wanted) && /^\d{3}$/.test(answered) && answered.startsWith(wanted.charAt(0)));
