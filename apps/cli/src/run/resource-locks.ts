// Locks between the flows of one invocation (`resources: {exclusive: [...]}`).
// L1. A flow takes all its locks at once or waits for all: no two flows can wait for each other.
// L2. Waiting flows are served in the order they came, unless an earlier one still lacks a lock.

interface Waiting {
  readonly names: readonly string[];
  readonly grant: () => void;
}

export class ResourceLocks {
  readonly #held = new Set<string>();
  #queue: readonly Waiting[] = [];

  /** Resolves with the release once every name is free; rejects when the signal aborts first. */
  acquire(names: readonly string[], signal: AbortSignal): Promise<() => void> {
    const { promise, resolve, reject } = Promise.withResolvers<() => void>();
    const giveUp = (): void => {
      this.#queue = this.#queue.filter((other) => other !== waiting);
      reject(signal.reason);
    };
    const waiting: Waiting = {
      names,
      grant: () => {
        signal.removeEventListener('abort', giveUp);
        resolve(() => this.#release(names));
      },
    };
    if (signal.aborted) giveUp();
    else {
      signal.addEventListener('abort', giveUp, { once: true });
      this.#queue = [...this.#queue, waiting];
      this.#serve();
    }
    return promise;
  }

  #release(names: readonly string[]): void {
    for (const name of names) this.#held.delete(name);
    this.#serve();
  }

  #serve(): void {
    for (const waiting of this.#queue) {
      if (waiting.names.some((name) => this.#held.has(name))) continue;
      for (const name of waiting.names) this.#held.add(name);
      this.#queue = this.#queue.filter((other) => other !== waiting);
      waiting.grant();
    }
  }
}
