// Keeps a set of views up with the journal. Any number of copies may run under one name.
// P1. A stream's events are folded in the order of their versions, each once: the next is applied, earlier ones are dropped, and
//     before a later one those between are read from the journal.
// P2. Rows and checkpoint change together, and only when nobody moved the checkpoint meanwhile: else the page is read again.
// P3. A stream whose fold throws is set aside at that version and never skipped inside: its view stays as of the event before,
//     wherever pages end. The others go on.
// P3b. So is a stream whose view cannot be kept: the page is written change by change, and the others go on.
// P4. Whole views are written with a stream's last event, columns with every page.
// P5. Catching up, a page is folded while the one before is committed; what was folded ahead of a commit that failed is dropped
//     by P1 when its page is read again.
// P6. A rebuild is a projector of another name: it starts at the beginning and shares nothing with this one.
// The bus only wakes it: reading the journal by its cursor is never later than what the bus was given from there.
import type { RecordedEvent } from '@testmesh/domain';
import {
  type Clock,
  type FeedCursor,
  type Journal,
  type JournalFeed,
  NotStorable,
  type Random,
  type ViewChange,
  type ViewStore,
} from '@testmesh/ports';
import { failpoint } from './failpoint.ts';
import { Loop, type OnFault } from './loop.ts';
import { ReadAhead } from './read-ahead.ts';
import { RecentlyUsed } from './recently-used.ts';
import type { StreamView } from './stream-view.ts';

export interface ProjectorOptions<State> {
  readonly name: string;
  readonly view: StreamView<State>;
  readonly feed: Pick<JournalFeed, 'readAfter'>;
  readonly journal: Pick<Journal, 'read'>;
  readonly store: ViewStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly onFault: OnFault;
  /** Told of every stream set aside. */
  readonly onParked?: (stream: string, ver: number, error: string) => void;
  /** Events read at once. */
  readonly pageSize?: number;
  /** Folded streams kept in memory. */
  readonly kept?: number;
}

/** Catching up, a page costs one transaction whatever is in it. */
const PAGE = 2000;

interface Folded<State> {
  readonly state: State;
  readonly ver: number;
  /** What comes next cannot be folded. */
  readonly isBroken?: true;
}

export class Projector<State> {
  readonly #options: ProjectorOptions<State>;
  readonly #loop: Loop;
  readonly #pageSize: number;
  readonly #pages: ReadAhead<RecordedEvent>;
  readonly #folded: RecentlyUsed<Folded<State>>;
  #cursor: FeedCursor | undefined;
  /** The commit of the page before, still under way: false when the checkpoint was not where it was left. */
  #committing: Promise<boolean> = Promise.resolve(true);

  constructor(options: ProjectorOptions<State>) {
    this.#options = options;
    this.#folded = new RecentlyUsed(options.kept ?? 2000);
    this.#pageSize = options.pageSize ?? PAGE;
    this.#pages = new ReadAhead(options.feed, this.#pageSize);
    const { name, clock, random, onFault } = options;
    this.#loop = new Loop({
      name: `projector ${name}`,
      clock,
      random,
      leastRestMs: 50,
      mostRestMs: 1000,
      onFault,
      round: () => this.round(),
    });
  }

  start(): void {
    this.#loop.start();
  }

  /** There may be new events. */
  wake(): void {
    this.#loop.wake();
  }

  async stop(): Promise<void> {
    await this.#loop.stop();
    const { name, onFault } = this.#options;
    await this.#settled().catch((error: unknown) => onFault({ loop: `projector ${name}`, error }));
  }

  /** Takes one page; false when there was nothing new. A full page may still be on its way into the store. */
  async round(): Promise<boolean> {
    const { name, view, store } = this.#options;
    this.#cursor ??= await store.cursor(name);
    const from = this.#cursor;
    const page = await this.#pages.after(from);
    const byStream = Map.groupBy(
      page.events.filter(({ stream }) => view.accepts(stream)),
      ({ stream }) => stream,
    );
    const changes = await this.#changes(byStream);
    if (!(await this.#settled())) return true;
    if (page.cursor === from) return false;
    this.#cursor = page.cursor;
    this.#committing = this.#commit(from, page.cursor, changes);
    // Told by the round that awaits it.
    this.#committing.catch(() => undefined);
    if (page.events.length < this.#pageSize) await this.#settled();
    return true;
  }

  /** After the commit that is under way; false, and back at the checkpoint, when it changed nothing. */
  async #settled(): Promise<boolean> {
    let isCommitted = false;
    try {
      isCommitted = await this.#committing;
    } finally {
      this.#committing = Promise.resolve(true);
      if (!isCommitted) this.#cursor = undefined;
    }
    return isCommitted;
  }

  async #commit(from: FeedCursor, to: FeedCursor, changes: readonly ViewChange[]): Promise<boolean> {
    const { name, store } = this.#options;
    await failpoint('projector.beforeCommit');
    const isCommitted = await store.commit(name, from, to, changes).catch((cause: unknown) => {
      if (cause instanceof NotStorable) return this.#commitApart(from, to, changes);
      throw cause;
    });
    await failpoint('projector.afterCommit');
    return isCommitted;
  }

  /** P3b. */
  async #commitApart(from: FeedCursor, to: FeedCursor, changes: readonly ViewChange[]): Promise<boolean> {
    const { name, store } = this.#options;
    for (const change of changes) {
      const isCommitted = await store.commit(name, from, from, [change]).catch(async (cause: unknown) => {
        if (!(cause instanceof NotStorable)) throw cause;
        await this.#park(change.stream, change.ver, cause.message);
        return true;
      });
      if (!isCommitted) return false;
    }
    return store.commit(name, from, to, []);
  }

  async #park(stream: string, ver: number, error: string): Promise<void> {
    const { name, store, onParked } = this.#options;
    await store.park(name, stream, ver, error);
    onParked?.(stream, ver, error);
  }

  /** Folds a stream anew from the journal and writes its view, for one that was set aside and is released. */
  async refold(stream: string): Promise<boolean> {
    const { name, store } = this.#options;
    this.#folded.delete(stream);
    const cursor = await store.cursor(name);
    const folded = await this.#fold(stream, [], 0);
    if (folded.isBroken || folded.ver === 0) return false;
    return store.commit(name, cursor, cursor, [this.#changeTo(stream, folded)]).catch((cause: unknown) => {
      if (cause instanceof NotStorable) return false;
      throw cause;
    });
  }

  async #changes(byStream: ReadonlyMap<string, readonly RecordedEvent[]>): Promise<readonly ViewChange[]> {
    const { name, store } = this.#options;
    if (byStream.size === 0) return [];
    const [parked, stored] = await Promise.all([store.parked(name), store.versions(name, [...byStream.keys()])]);
    const changes: ViewChange[] = [];
    for (const [stream, events] of byStream) {
      if (parked.has(stream)) continue;
      const change = await this.#change(stream, events, stored.get(stream) ?? 0);
      if (change !== undefined) changes.push(change);
    }
    return changes;
  }

  /** What to write of a stream, or nothing when its view is as new. */
  async #change(stream: string, events: readonly RecordedEvent[], stored: number): Promise<ViewChange | undefined> {
    if (events.every(({ ver }) => ver <= stored)) return undefined;
    const folded = await this.#fold(stream, events, stored);
    return folded.ver <= stored ? undefined : this.#changeTo(stream, folded);
  }

  #changeTo(stream: string, { state, ver }: Folded<State>): ViewChange {
    const { view } = this.#options;
    const columns = view.columns(state);
    if (!view.isWhole(state)) return { stream, ver, columns };
    const whole = { bytes: view.bytes(state), outline: view.outline(state), words: view.words(state) };
    return { stream, ver, columns, ...whole, targets: view.targets(state) };
  }

  async #fold(stream: string, events: readonly RecordedEvent[], stored: number): Promise<Folded<State>> {
    const { view } = this.#options;
    const fold = new Fold(view, stream, this.#folded.get(stream));
    this.#folded.delete(stream);
    // What another copy folded further, and what was never given here, comes from the journal.
    let isMissing = events.length === 0 || fold.ver < stored;
    for (const event of events) {
      if (isMissing || event.ver > fold.ver + 1) {
        await this.#catchUp(fold, stream);
        isMissing = false;
      }
      fold.take(event);
    }
    if (isMissing) await this.#catchUp(fold, stream);
    if (fold.error === undefined) {
      const folded = { state: fold.state, ver: fold.ver };
      // Of a run that ended nothing more will come, and what is kept for nothing is what the collector of garbage goes through.
      if (!view.isWhole(fold.state)) this.#folded.set(stream, folded);
      return folded;
    }
    await this.#park(stream, fold.ver + 1, fold.error);
    return this.#foldedTo(stream, fold.ver);
  }

  /** P3: the state that the event after `ver` was tried on is not used again. */
  async #foldedTo(stream: string, ver: number): Promise<Folded<State>> {
    const fold = new Fold(this.#options.view, stream, undefined);
    for await (const event of this.#options.journal.read(stream, 0)) {
      if (event.ver > ver) break;
      fold.take(event);
    }
    return { state: fold.state, ver: fold.ver, isBroken: true };
  }

  async #catchUp(fold: Fold<State>, stream: string): Promise<void> {
    for await (const event of this.#options.journal.read(stream, fold.ver)) fold.take(event);
  }
}

/** P1 for one stream: what `take` is given twice or out of turn changes nothing. */
class Fold<State> {
  readonly #view: StreamView<State>;
  state: State;
  ver: number;
  error: string | undefined;

  constructor(view: StreamView<State>, stream: string, known: Folded<State> | undefined) {
    this.#view = view;
    this.state = known?.state ?? view.initial(stream);
    this.ver = known?.ver ?? 0;
  }

  take(event: RecordedEvent): void {
    if (this.error !== undefined || event.ver !== this.ver + 1) return;
    try {
      this.state = this.#view.next(this.state, event);
      this.ver = event.ver;
    } catch (error) {
      this.error = error instanceof Error ? error.message : String(error);
    }
  }
}
