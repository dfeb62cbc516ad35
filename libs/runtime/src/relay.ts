// Sends the journal on to the bus.
// Y1. One publish in flight; the checkpoint moves after the bus has stored the batch, and not before.
// Y2. A publish whose outcome is unknown is repeated: the bus may see an event twice, never not at all.
// Y3. Copies of one relay only make repetitions: whoever finds the checkpoint moved goes on from there.
// Y4. A bus that is down stops the relay and nothing else.
import type { JournalMessage } from '@testmesh/domain';
import type { Clock, FeedCursor, FeedReader, Random } from '@testmesh/ports';
import { failpoint } from './failpoint.ts';
import { Loop, type OnFault, type OnOver } from './loop.ts';
import { ReadAhead } from './read-ahead.ts';

/** Where a reader of the feed notes how far it came. */
export interface CheckpointStore {
  readonly load: (reader: string) => Promise<FeedCursor>;
  /** False when it does not stand at `expected` any more. */
  readonly move: (reader: string, expected: FeedCursor, next: FeedCursor) => Promise<boolean>;
}

export interface RelayOptions<Event> {
  readonly name: string;
  readonly feed: FeedReader<Event>;
  readonly bus: { readonly publish: (events: readonly Event[]) => Promise<void> };
  readonly checkpoints: CheckpointStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly onFault: OnFault;
  readonly onOver?: OnOver | undefined;
  readonly pageSize?: number;
}

export class Relay<Event = JournalMessage> {
  readonly #options: RelayOptions<Event>;
  readonly #loop: Loop;
  readonly #pages: ReadAhead<Event>;
  #cursor: FeedCursor | undefined;

  constructor(options: RelayOptions<Event>) {
    this.#options = options;
    this.#pages = new ReadAhead(options.feed, options.pageSize ?? 500);
    const { name, clock, random, onFault, onOver } = options;
    this.#loop = new Loop({
      name: `relay ${name}`,
      clock,
      random,
      leastRestMs: 50,
      mostRestMs: 1000,
      onFault,
      onOver,
      round: () => this.#round(),
    });
  }

  start(): void {
    this.#loop.start();
  }

  /** There may be new events. */
  wake(): void {
    this.#loop.wake();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  async #round(): Promise<boolean> {
    const { name, bus, checkpoints } = this.#options;
    this.#cursor ??= await checkpoints.load(name);
    const page = await this.#pages.after(this.#cursor);
    if (page.cursor === this.#cursor) return false;
    await failpoint('relay.beforePublish');
    if (page.events.length > 0) await bus.publish(page.events);
    await failpoint('relay.beforeCheckpoint');
    const isMoved = await checkpoints.move(name, this.#cursor, page.cursor);
    this.#cursor = isMoved ? page.cursor : undefined;
    return true;
  }
}
