import { streamOf } from '@testmesh/commands';
import type { RecordedEvent } from '@testmesh/domain';
import type { Journal } from '@testmesh/ports';
import type { LiveFeed } from '../ports.ts';

// A run's events as they come, each once and in order. Invariants:
// L1. The journal decides what comes next, by version; the feed only saves waiting and reading.
// L2. What is kept for a reader is bounded: one that is slow finds the rest in the journal.
// L3. Without the feed everything still arrives, a second later.
// L4. It ends with the run, also for a reader that says it has more than there is.

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
  const stream = streamOf(runId);
  try {
    const known = await lastKnown(journal, stream, since);
    if (known?.type === 'RunCompleted') return;
    let last = known?.ver ?? 0;
    while (!signal.aborted) {
      const told = news.after(last);
      const page = told.length > 0 ? told : await readPage(journal, stream, last);
      last = page.at(-1)?.ver ?? last;
      yield page.filter(({ ver }) => ver > since);
      if (page.at(-1)?.type === 'RunCompleted') return;
      if (page.length === 0) await news.wait(lookEveryMs, signal);
    }
  } finally {
    unsubscribe();
  }
}

/** Whether a reader has everything of a run that has ended. */
export const hasAllOf = async (journal: Journal, runId: string, since: number): Promise<boolean> =>
  (await lastKnown(journal, streamOf(runId), since))?.type === 'RunCompleted';

/** The last event that the reader has; one that claims more than there is has everything so far. */
const lastKnown = async (journal: Journal, stream: string, since: number): Promise<RecordedEvent | undefined> => {
  if (since === 0) return undefined;
  for await (const event of journal.read(stream, since - 1)) return event;
  let last: RecordedEvent | undefined;
  for await (const event of journal.read(stream)) last = event;
  return last;
};

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
