// Decides which sets of a view are kept up with the journal here, and moves a rebuild on. Any number of copies may run.
// V1. Kept up are the set that is shown and the one that is built; a set that is neither is left within a round.
// V2. The built set is shown once less than a page of the journal lies before it and the store says that nobody would see less.
// V3. Rows of the other set are deleted after a while in which every copy has heard of the change.
// V4. Where a rebuild stands is in the store alone: whoever starts next goes on with it.
import type { Clock, JournalFeed, Random, ViewRebuild, ViewSets, ViewStore } from '@testmesh/ports';
import { Loop, type OnFault } from './loop.ts';

/** What keeps one set up with the journal. */
export interface KeptSet {
  readonly start: () => void;
  readonly wake: () => void;
  readonly stop: () => Promise<void>;
}

export interface ViewRebuilderOptions {
  readonly sets: ViewSets;
  readonly feed: Pick<JournalFeed, 'readAfter'>;
  readonly store: Pick<ViewStore, 'cursor'>;
  /** Makes what keeps the set of this name. */
  readonly keep: (name: string) => KeptSet;
  readonly clock: Clock;
  readonly random: Random;
  readonly onFault: OnFault;
  /** Told when a rebuild begins here and how it goes on. */
  readonly onProgress?: (words: string, rebuild: ViewRebuild) => void;
  /** How long the old set stays after the change. */
  readonly graceMs?: number;
}

/** Woken when a rebuild is asked for or given up. */
export const VIEWS_TOPIC = 'views';

/** Events before the journal's end at which a set counts as level. */
const LEVEL = 500;
const LOOKS_EVERY_MS = 1000;
const GRACE_MS = 10 * LOOKS_EVERY_MS;

export class ViewRebuilder {
  readonly #options: ViewRebuilderOptions;
  readonly #loop: Loop;
  readonly #kept = new Map<string, KeptSet>();
  /** What was told of which rebuild. */
  readonly #told = new Set<string>();

  constructor(options: ViewRebuilderOptions) {
    this.#options = options;
    const { clock, random, onFault } = options;
    this.#loop = new Loop({
      name: 'view rebuilder',
      clock,
      random,
      leastRestMs: LOOKS_EVERY_MS,
      mostRestMs: LOOKS_EVERY_MS,
      onFault,
      round: () => this.round(),
    });
  }

  start(): void {
    this.#loop.start();
  }

  /** There may be new events. */
  wake(): void {
    for (const set of this.#kept.values()) set.wake();
  }

  /** A rebuild was asked for or given up. */
  look(): void {
    this.#loop.wake();
  }

  async stop(): Promise<void> {
    await this.#loop.stop();
    await this.#keepOnly([]);
  }

  /** One look at what is to be done; true when there is more of it at once. */
  async round(): Promise<boolean> {
    const { shown, rebuild } = await this.#options.sets.now();
    await this.#keepOnly(rebuild?.phase === 'building' ? [shown, rebuild.projector] : [shown]);
    if (rebuild === undefined || rebuild.tidiedAt !== null) return false;
    return rebuild.phase === 'building' ? this.#showWhenLevel(rebuild) : this.#tidy(rebuild);
  }

  async #keepOnly(names: readonly string[]): Promise<void> {
    const left = [...this.#kept].filter(([name]) => !names.includes(name));
    for (const [name] of left) this.#kept.delete(name);
    await Promise.all(left.map(([, set]) => set.stop()));
    for (const name of names) {
      if (this.#kept.has(name)) continue;
      const set = this.#options.keep(name);
      this.#kept.set(name, set);
      set.start();
    }
  }

  async #showWhenLevel(rebuild: ViewRebuild): Promise<boolean> {
    const { feed, store, sets } = this.#options;
    this.#tell(`${rebuild.projector} is built beside ${rebuild.replaces}`, rebuild);
    const { events } = await feed.readAfter(await store.cursor(rebuild.projector), LEVEL);
    if (events.length === LEVEL) return false;
    const result = await sets.showRebuilt();
    if (result === 'set-aside') {
      this.#tell(
        `${rebuild.projector} is not shown: streams of it are set aside that ${rebuild.replaces} shows`,
        rebuild,
      );
    }
    if (result !== 'shown') return false;
    this.#tell(`${rebuild.projector} is shown in place of ${rebuild.replaces}`, rebuild);
    return true;
  }

  async #tidy({ decidedAt }: ViewRebuild): Promise<boolean> {
    const { sets, clock, graceMs = GRACE_MS } = this.#options;
    return decidedAt !== null && clock.now() - decidedAt >= graceMs && sets.tidy();
  }

  /** The same words once. */
  #tell(words: string, rebuild: ViewRebuild): void {
    if (this.#told.has(words)) return;
    this.#told.add(words);
    this.#options.onProgress?.(words, rebuild);
  }
}
