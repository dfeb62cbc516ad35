import type { RecordedEvent } from '@testmesh/domain';
import type { FeedCursor, Journal, JournalFeed, RunQueue, RunSecrets, ViewStore, Wakeups } from '@testmesh/ports';
import type { CheckpointStore } from '@testmesh/runtime';
import { type MemoryJournal, memoryJournal } from '../memory-journal.ts';
import { type MemoryQueue, memoryQueue } from '../memory-queue.ts';
import { memorySecrets } from '../memory-secrets.ts';
import { memoryViews } from '../memory-views.ts';
import type { Faults } from './faults.ts';
import { databaseClock, type SimProcess } from './sim-process.ts';
import type { VirtualTime } from './virtual-time.ts';

/** The stores that processes share; a test may put broken ones in their place. */
export interface Stores {
  readonly journal: Journal;
  readonly queue: RunQueue;
  readonly feed: JournalFeed;
  readonly views: ViewStore;
  readonly checkpoints: CheckpointStore;
}

/** A request that reached the target, as the target itself saw it. */
export interface Reached {
  readonly runId: string;
  readonly path: string;
  readonly at: number;
}

interface Listener {
  readonly topic: string;
  readonly process: SimProcess;
  readonly hear: () => void;
}

/** Everything outside the processes: stores, bus, wake-ups and the target of the flows. */
export class SimPlatform {
  readonly journal: MemoryJournal = memoryJournal();
  readonly queue: MemoryQueue;
  readonly views = memoryViews();
  readonly secrets: RunSecrets = memorySecrets(this.journal);
  readonly stores: Stores;
  readonly published = new Set<string>();
  readonly ledger: Reached[] = [];
  /** Views that went back to an earlier version, in words. */
  readonly wentBack: string[] = [];
  readonly faults: Faults;
  readonly time: VirtualTime;
  #listeners: Listener[] = [];
  /** The journal as readers of the feed come to see it: complete, its order fixed, within a stream at times backwards. */
  readonly #fed: RecordedEvent[] = [];
  #accepted = 0;
  /** Somebody has read up to the end: what is there cannot change its place any more. */
  #isRead = true;

  constructor(time: VirtualTime, faults: Faults, broken: (stores: Stores) => Stores) {
    this.time = time;
    this.faults = faults;
    this.queue = memoryQueue({ journal: this.journal, clock: databaseClock(time) });
    const feed: JournalFeed = {
      readAfter: async (cursor, limit) => this.#read(cursor, limit),
      horizonAgeMs: async () => 0,
    };
    this.stores = broken({
      journal: this.journal,
      queue: this.queue,
      feed,
      views: this.views,
      checkpoints: memoryCheckpoints(),
    });
  }

  /** The stores as one process reaches them. */
  storesOf(process: SimProcess): Stores & { readonly secrets: RunSecrets } {
    const { journal, queue, feed, views, checkpoints } = this.stores;
    return {
      journal: this.#journalOf(process, journal),
      queue: {
        request: (runs) => process.call('request', () => queue.request(runs)),
        claim: (request) => process.call('claim', () => queue.claim(request)),
        heartbeat: (...given) => process.call('heartbeat', () => queue.heartbeat(...given)),
        release: (...given) => process.call('release', () => queue.release(...given)),
        cancel: (...given) => process.call('cancel', () => queue.cancel(...given)),
        reap: (policy) => process.call('reap', () => queue.reap(policy)),
        unpark: (...given) => process.call('unpark', () => queue.unpark(...given)),
      },
      feed: {
        readAfter: (...given) => process.call('feed', () => feed.readAfter(...given)),
        horizonAgeMs: feed.horizonAgeMs,
      },
      views: {
        cursor: (name) => process.call('cursor', () => views.cursor(name)),
        versions: (...given) => process.call('versions', () => views.versions(...given)),
        commit: (...given) => process.call('commit', () => this.#commit(...given)),
        park: (...given) => process.call('park', () => views.park(...given)),
        parked: (name) => process.call('parked', () => views.parked(name)),
        release: (...given) => process.call('release', () => views.release(...given)),
      },
      checkpoints: {
        load: (reader) => process.call('load', () => checkpoints.load(reader)),
        move: (...given) => process.call('move', () => checkpoints.move(...given)),
      },
      secrets: {
        keep: (...given) => process.call('keep', () => this.secrets.keep(...given)),
        of: (runId) => process.call('secrets', () => this.secrets.of(runId)),
      },
    };
  }

  wakeupsOf(process: SimProcess): Wakeups {
    return {
      wake: (topic) => this.#wake(topic),
      onWake: (topic, hear) => {
        const listener = { topic, process, hear };
        this.#listeners.push(listener);
        return () => {
          this.#listeners = this.#listeners.filter((other) => other !== listener);
        };
      },
    };
  }

  readonly #commit: ViewStore['commit'] = async (projector, expected, next, changes) => {
    const streams = changes.map(({ stream }) => stream);
    const before = await this.views.versions(projector, streams);
    const isCommitted = await this.stores.views.commit(projector, expected, next, changes);
    const after = await this.views.versions(projector, streams);
    for (const [stream, ver] of before) {
      const now = after.get(stream) ?? 0;
      if (now < ver) this.wentBack.push(`${stream}: from version ${ver} to ${now}`);
    }
    return isCommitted;
  };

  #journalOf(process: SimProcess, journal: Journal): Journal {
    const told = <T>(result: T): T => {
      this.#wake('journal');
      return result;
    };
    return {
      append: (...given) => process.call(`append ${given[0]}`, () => journal.append(...given).then(told)),
      appendMany: (batches) => process.call('appendMany', () => journal.appendMany(batches).then(told)),
      read: async function* (stream, afterVer) {
        yield* await process.call(`read ${stream}`, () => eventsOf(journal, stream, afterVer));
      },
      close: async () => undefined,
    };
  }

  #wake(topic: string): void {
    this.#listeners = this.#listeners.filter(({ process }) => process.isAlive);
    for (const { process, hear } of this.#listeners.filter((listener) => listener.topic === topic)) {
      if (this.faults.hits('wakeLost')) continue;
      process.deliver(this.faults.delay(), 'is woken', hear);
      if (this.faults.hits('wakeTwice')) process.deliver(this.faults.delay(), 'is woken again', hear);
    }
  }

  #read(cursor: FeedCursor, limit: number): { readonly events: readonly RecordedEvent[]; readonly cursor: FeedCursor } {
    for (const event of this.journal.accepted().slice(this.#accepted)) {
      const isLate = this.faults.hits('feedLate') && this.#fed.length > 0 && !this.#isRead;
      if (isLate) this.#fed.splice(this.#fed.length - 1, 0, event);
      else this.#fed.push(event);
      this.#isRead = false;
      this.#accepted += 1;
    }
    const from = Number(cursor);
    const events = this.#fed.slice(from, from + limit);
    if (from + events.length === this.#fed.length) this.#isRead = true;
    return { events, cursor: events.length === 0 ? cursor : String(from + events.length) };
  }
}

/** All that a journal has of a stream. */
export const eventsOf = async (
  journal: Pick<Journal, 'read'>,
  stream: string,
  afterVer?: number,
): Promise<readonly RecordedEvent[]> => {
  const events: RecordedEvent[] = [];
  for await (const event of journal.read(stream, afterVer)) events.push(event);
  return events;
};

const memoryCheckpoints = (): CheckpointStore => {
  const cursors = new Map<string, FeedCursor>();
  return {
    load: async (reader) => cursors.get(reader) ?? '',
    move: async (reader, expected, next) => {
      if ((cursors.get(reader) ?? '') !== expected) return false;
      cursors.set(reader, next);
      return true;
    },
  };
};
