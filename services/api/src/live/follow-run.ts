import { streamOf } from '@testmesh/commands';
import type { RecordedEvent } from '@testmesh/domain';
import type { Journal } from '@testmesh/ports';
import type { LiveFeed } from '../ports.ts';

// A run's events as they come, each once and in order. Invariants:
// L1. The journal decides what comes next, by version; the feed only saves waiting and reading.
// L2. What is kept for a reader is bounded: one that is slow finds the rest in the journal.
// L3. Without the feed everything still arrives, a second later.

export interface Followed {
  readonly journal: Journal;
  readonly live: LiveFeed;
}

export interface FollowOptions {
  /** The version the reader has. */
  readonly since: number;
  readonly signal: AbortSignal;
  /** How long to wait for the feed before the journal is looked at. */
  readonly lookEveryMs?: number;
}

const PAGE = 200;
const KEPT = 256;
const LOOK_EVERY_MS = 1000;

/** Pages of events after `since` until the run's last one; an empty page says that nothing happened for a while. */
export async function* followRun(
  { journal, live }: Followed,
  runId: string,
  { since, signal, lookEveryMs = LOOK_EVERY_MS }: FollowOptions,
): AsyncGenerator<readonly RecordedEvent[]> {
  const news = new News();
  const unsubscribe = live.subscribe(runId, (events) => news.take(events));
  let last = since;
  try {
    while (!signal.aborted) {
      const told = news.after(last);
      const page = told.length > 0 ? told : await readPage(journal, streamOf(runId), last);
      last = page.at(-1)?.ver ?? last;
      yield page;
      if (page.at(-1)?.type === 'RunCompleted') return;
      if (page.length === 0) await news.wait(lookEveryMs, signal);
    }
  } finally {
    unsubscribe();
  }
}

const readPage = async (journal: Journal, stream: string, after: number): Promise<readonly RecordedEvent[]> => {
  const page: RecordedEvent[] = [];
  for await (const event of journal.read(stream, after)) {
    page.push(event);
    if (page.length === PAGE) break;
  }
  return page;
};

/** What the feed told since it was last asked. */
class News {
  #events: RecordedEvent[] = [];
  #wake: () => void = () => {};
  #told = false;

  take(events: readonly RecordedEvent[]): void {
    this.#told = true;
    this.#events = this.#events.length + events.length > KEPT ? [] : [...this.#events, ...events];
    this.#wake();
  }

  /** The unbroken run of events that follows a version; nothing when a piece is missing. */
  after(version: number): readonly RecordedEvent[] {
    const next: RecordedEvent[] = [];
    for (const event of this.#events) if (event.ver === version + next.length + 1) next.push(event);
    this.#events = [];
    return next;
  }

  /** Resolves when something is told, the time is over or the reader is gone. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#told && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, ms);
      const leave = (): void => resolve();
      this.#wake = leave;
      signal.addEventListener('abort', leave, { once: true });
      await promise;
      signal.removeEventListener('abort', leave);
      clearTimeout(timer);
    }
    this.#told = false;
  }
}
