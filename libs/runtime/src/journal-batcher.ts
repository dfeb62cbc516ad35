// Appends of many runs at the price of one.
// J1. Batches reach the journal in the order they were given, and each is answered for itself.
// J2. While one append is on its way the next ones gather; a quiet journal is asked after `lingerMs`.
// J3. When the outcome of an append is unknown, it is unknown to everyone who took part in it.
import type { AppendResult, Clock, Journal, JournalBatch } from '@testmesh/ports';
import { failpoint } from './failpoint.ts';

export interface JournalBatcherOptions {
  readonly journal: Pick<Journal, 'appendMany' | 'read'>;
  readonly clock: Clock;
  /** How long the first batch waits for company; the runs' own linger comes before it. */
  readonly lingerMs?: number;
  /** At most this many batches in one append. */
  readonly most?: number;
}

interface Asked {
  readonly batch: JournalBatch;
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: unknown) => void;
}

export class JournalBatcher implements Pick<Journal, 'append' | 'read'> {
  readonly read: Journal['read'];
  readonly #options: Required<JournalBatcherOptions>;
  #asked: Asked[] = [];
  #isSending = false;

  constructor(options: JournalBatcherOptions) {
    this.#options = { lingerMs: 2, most: 200, ...options };
    this.read = (stream, afterVer) => options.journal.read(stream, afterVer);
  }

  readonly append: Journal['append'] = (stream, expectedVer, epoch, events) =>
    new Promise((resolve, reject) => {
      this.#asked.push({ batch: { stream, expectedVer, epoch, events }, resolve, reject });
      if (!this.#isSending) void this.#send();
    });

  async #send(): Promise<void> {
    this.#isSending = true;
    await this.#options.clock.sleep(this.#options.lingerMs);
    while (this.#asked.length > 0) await this.#sendOnce(this.#asked.splice(0, this.#options.most));
    this.#isSending = false;
  }

  async #sendOnce(asked: readonly Asked[]): Promise<void> {
    try {
      await failpoint('append.beforeSend');
      const results = await this.#options.journal.appendMany(asked.map(({ batch }) => batch));
      await failpoint('append.afterCommit');
      for (const [at, { resolve, reject, batch }] of asked.entries()) {
        const result = results[at];
        if (result === undefined) reject(new Error(`the journal did not say what became of ${batch.stream}`));
        else resolve(result);
      }
    } catch (error) {
      for (const { reject } of asked) reject(error);
    }
  }
}
