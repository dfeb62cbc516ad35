// Locks between the flows of one invocation (`resources: {exclusive: [...]}`).
// L1. A flow takes all its locks at once or waits for all: no two flows can wait for each other.
// L2. Waiting flows are served in the order they came, unless an earlier one still lacks a lock.

export interface ResourceLocks {
  /** Resolves with the release once every name is free; rejects when the signal aborts first. */
  readonly acquire: (names: readonly string[], signal: AbortSignal) => Promise<() => void>;
}

interface Waiting {
  readonly names: readonly string[];
  readonly grant: () => void;
}

export const resourceLocks = (): ResourceLocks => {
  const held = new Set<string>();
  let queue: Waiting[] = [];

  const isFree = (names: readonly string[]): boolean => names.every((name) => !held.has(name));
  const release = (names: readonly string[]) => (): void => {
    for (const name of names) held.delete(name);
    const served: Waiting[] = [];
    for (const waiting of queue) {
      if (!isFree(waiting.names)) continue;
      for (const name of waiting.names) held.add(name);
      served.push(waiting);
    }
    queue = queue.filter((waiting) => !served.includes(waiting));
    for (const { grant } of served) grant();
  };

  return {
    acquire: (names, signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason as Error);
        if (isFree(names)) {
          for (const name of names) held.add(name);
          return resolve(release(names));
        }
        const giveUp = (): void => {
          queue = queue.filter((other) => other !== waiting);
          reject(signal.reason as Error);
        };
        const waiting: Waiting = {
          names,
          grant: () => {
            signal.removeEventListener('abort', giveUp);
            resolve(release(names));
          },
        };
        signal.addEventListener('abort', giveUp, { once: true });
        queue.push(waiting);
      }),
  };
};
