import { Problem } from '@testmesh/contracts';

// Streams that are open: server-sent events, subscriptions and WebSockets. Invariants:
// O1. One key cannot take the connections of all, and all together not those that other requests need.
// O2. What was entered is left once, however it ends.

export interface StreamLimits {
  /** At once, of one key or person. */
  readonly perCaller: number;
  /** At once, of this process. */
  readonly inAll: number;
}

export const STREAM_LIMITS: StreamLimits = { perCaller: 500, inAll: 5000 };

const RETRY_AFTER_S = '10';

export class OpenStreams {
  readonly #limits: StreamLimits;
  readonly #open = new Map<string, number>();
  #all = 0;

  constructor(limits: StreamLimits = STREAM_LIMITS) {
    this.#limits = limits;
  }

  /** Counts one more of a caller, until what it gives is called; throws the problem where there are too many. */
  enter(caller: string): () => void {
    const { perCaller, inAll } = this.#limits;
    const own = this.#open.get(caller) ?? 0;
    if (own >= perCaller) throw tooMany(`${own} streams are open with this key, and no more may be: close one first`);
    if (this.#all >= inAll) throw tooMany(`${this.#all} streams are open on this server, and no more may be`);
    this.#open.set(caller, own + 1);
    this.#all += 1;
    let isOpen = true;
    return () => {
      if (isOpen) this.#leave(caller);
      isOpen = false;
    };
  }

  #leave(caller: string): void {
    this.#all -= 1;
    const left = (this.#open.get(caller) ?? 0) - 1;
    if (left > 0) this.#open.set(caller, left);
    else this.#open.delete(caller);
  }
}

const tooMany = (detail: string): Problem =>
  new Problem('too-many-requests', detail, { headers: { 'retry-after': RETRY_AFTER_S } });
