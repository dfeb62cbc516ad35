// One request over undici's dispatch, the layer below its `request`: no stream object per response.
// T1. `send` settles exactly once, at once when the signal aborts or the time is up, also while still connecting.
// T2. Whatever is in flight when it settles early is aborted, so nothing keeps reading into a finished step.
import type { Dispatcher } from 'undici';
import type { Outgoing } from './outgoing.ts';

export interface Incoming {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** How far a request got, for the sentence that explains why it did not get further. */
export interface Progress {
  stage: 'connecting' | 'waiting for the response' | 'reading the body';
  received: number;
}

export class TimeIsUp extends Error {}
export class BodyTooLarge extends Error {}

export interface Limits {
  readonly signal: AbortSignal;
  /** When the request must be over, on the clock of `performance.now`. */
  readonly deadline: number;
  readonly maxBytes: number;
}

type Settle = { readonly resolve: (incoming: Incoming) => void; readonly reject: (reason: unknown) => void };

/** Collects one response; the methods' names are undici's. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #settle: Settle;
  readonly #limits: Limits;
  readonly #progress: Progress;
  readonly #chunks: Buffer[] = [];
  readonly #onAbort = () => this.#giveUp(this.#limits.signal.reason);
  readonly #timer: NodeJS.Timeout;
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #headers: Incoming['headers'] = {};
  #reason: { readonly error: unknown } | undefined;

  constructor(settle: Settle, limits: Limits, progress: Progress) {
    this.#settle = settle;
    this.#limits = limits;
    this.#progress = progress;
    limits.signal.addEventListener('abort', this.#onAbort, { once: true });
    this.#timer = setTimeout(() => this.#giveUp(new TimeIsUp()), Math.max(0, limits.deadline - performance.now()));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#reason !== undefined) controller.abort(asError(this.#reason.error));
    this.#progress.stage = 'waiting for the response';
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: Incoming['headers']): void {
    if (status < 200) return; // 103 Early Hints and its like
    this.#status = status;
    this.#headers = headers;
    this.#progress.stage = 'reading the body';
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#progress.received += chunk.length;
    if (this.#progress.received > this.#limits.maxBytes) this.#giveUp(new BodyTooLarge());
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.#release();
    const [only] = this.#chunks;
    const body = this.#chunks.length === 1 && only !== undefined ? only : Buffer.concat(this.#chunks);
    this.#settle.resolve({ status: this.#status, headers: this.#headers, body });
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#release();
    this.#settle.reject(this.#reason === undefined ? error : this.#reason.error);
  }

  #giveUp(error: unknown): void {
    this.#release();
    this.#reason = { error };
    this.#controller?.abort(asError(error));
    this.#settle.reject(error);
  }

  #release(): void {
    clearTimeout(this.#timer);
    this.#limits.signal.removeEventListener('abort', this.#onAbort);
  }
}

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason)));

/** Sends one request and reads its whole response; `progress` is kept up to date meanwhile. */
export const send = (
  dispatcher: Dispatcher,
  { method, url, headers, body }: Outgoing,
  limits: Limits,
  progress: Progress,
): Promise<Incoming> => {
  limits.signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const exchange = new Exchange({ resolve, reject }, limits, progress);
    const request = { origin: url.origin, path: url.pathname + url.search, method, headers, body: body as string };
    dispatcher.dispatch(request, exchange);
  });
};
