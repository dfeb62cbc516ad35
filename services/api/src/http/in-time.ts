import { Problem } from '@testmesh/contracts';

// No request hangs. Invariants:
// D1. Whoever asks is answered within a bounded time, whatever the answer waits for.
// D2. What cannot be done now, and may be in a moment, is answered 503 with Retry-After: asked again with the same
//     Idempotency-Key, it is done once.

const RETRY_AFTER_S = '2';

export const unavailable = (detail: string): Problem =>
  new Problem('unavailable', detail, { headers: { 'retry-after': RETRY_AFTER_S } });

/** What the work comes to, unless that takes too long: then it is told to stop, and what it comes to is nobody's. */
export const inTime = async <Result>(
  limitMs: number,
  work: (tooLate: AbortSignal) => Promise<Result>,
): Promise<Result> => {
  const tooLate = new AbortController();
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const problem = unavailable(`there was no answer within ${limitMs / 1000} s; ask again`);
    tooLate.abort(problem);
    reject(problem);
  }, limitMs);
  try {
    return await Promise.race([work(tooLate.signal), late]);
  } finally {
    clearTimeout(timer);
  }
};
