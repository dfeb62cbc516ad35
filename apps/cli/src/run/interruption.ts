import type { ExitReason } from '../exit-code.ts';

// One source for everything that ends an invocation from outside: Ctrl-C, SIGTERM, --timeout.
// The first asks flows to stop, which runs their teardown; a second signal gives that up too.

/** Why flows are asked to stop; `reason` is what the process will exit with. */
export class Interrupted extends Error {
  readonly reason: ExitReason;
  constructor(reason: ExitReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

export interface Interruption extends Disposable {
  readonly cancel: AbortSignal;
  readonly force: AbortSignal;
}

/** Listens for signals and the overall timeout until it is disposed of. */
export const listenForInterruption = (timeoutMs: number | undefined, notice: (text: string) => void): Interruption => {
  const cancel = new AbortController();
  const force = new AbortController();
  const onSignal = (reason: ExitReason, name: string) => (): void => {
    const why = new Interrupted(reason, `${name} was received`);
    if (cancel.signal.aborted) force.abort(why);
    else notice(`${name}: stopping after teardown; once more to give up on teardown`);
    cancel.abort(why);
  };
  const interrupted = onSignal('interrupted', 'SIGINT');
  const terminated = onSignal('terminated', 'SIGTERM');
  process.on('SIGINT', interrupted).on('SIGTERM', terminated);
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => cancel.abort(new Interrupted('timed_out', `--timeout of ${timeoutMs} ms is over`)), timeoutMs);
  return {
    cancel: cancel.signal,
    force: force.signal,
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      process.off('SIGINT', interrupted).off('SIGTERM', terminated);
    },
  };
};
