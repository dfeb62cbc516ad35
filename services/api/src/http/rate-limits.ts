// Requests counted by address. Invariants:
// R1. With counts that are shared, a limit holds over all replicas together.
// R2. When those fail, each replica counts by itself and says so once a minute: nobody is ever let through uncounted.
// R3. What is kept here is bounded; the oldest is forgotten first.

/** Counts that replicas share. */
export interface SharedCounts {
  readonly count: (key: string, windowMs: number) => Promise<{ readonly current: number; readonly ttlMs: number }>;
}

interface Counted {
  readonly current: number;
  readonly ttl: number;
}

type Done = (error: Error | null, counted?: Counted) => void;

/** What the rate limit plugin makes and calls; `child` is for a route with a limit of its own. */
export interface CountStore {
  readonly incr: (key: string, done: Done, windowMs: number) => void;
  readonly child: (route: { readonly routeInfo?: { readonly method?: unknown; readonly url?: unknown } }) => CountStore;
}

const REMEMBERED = 50_000;
const TELL_EVERY_MS = 60_000;

/** Counts shared where they can be, and here while they cannot. */
export const countStore = (
  shared: SharedCounts | undefined,
  onFault: (error: Error) => void,
  now: () => number = Date.now,
): CountStore => {
  const here = new LocalCounts(now);
  let toldAt = Number.NEGATIVE_INFINITY;
  const countedHere = (key: string, windowMs: number, error: Error): Counted => {
    if (now() - toldAt >= TELL_EVERY_MS) {
      toldAt = now();
      onFault(new Error(`requests are counted by this replica alone: ${error.message}`, { cause: error }));
    }
    return here.count(key, windowMs);
  };
  const storeFor = (prefix: string): CountStore => ({
    incr: (key, done, windowMs) => {
      const name = `${prefix}${key}`;
      if (shared === undefined) return done(null, here.count(name, windowMs));
      shared.count(name, windowMs).then(
        ({ current, ttlMs }) => done(null, { current, ttl: ttlMs }),
        (error: Error) => done(null, countedHere(name, windowMs, error)),
      );
    },
    child: ({ routeInfo }) => storeFor(`${String(routeInfo?.method)} ${String(routeInfo?.url)} `),
  });
  return storeFor('');
};

class LocalCounts {
  readonly #now: () => number;
  readonly #windows = new Map<string, { current: number; readonly endsAt: number }>();

  constructor(now: () => number) {
    this.#now = now;
  }

  count(key: string, windowMs: number): Counted {
    const now = this.#now();
    const known = this.#windows.get(key);
    const window = known !== undefined && known.endsAt > now ? known : { current: 0, endsAt: now + windowMs };
    window.current += 1;
    if (window !== known) {
      this.#windows.delete(key);
      if (this.#windows.size >= REMEMBERED) this.#windows.delete(this.#windows.keys().next().value as string);
      this.#windows.set(key, window);
    }
    return { current: window.current, ttl: window.endsAt - now };
  }
}
