import { setImmediate } from 'node:timers/promises';
import { Problem } from '@testmesh/contracts';
import type { HistorySize } from './batch-reads.ts';

// How much of the histories of runs one request reads and tells. What a query may cost is known before a run is looked at; how
// long its runs are is not. Invariants:
// L1. A request tells what is recorded of so many events and bytes at most, those counted anew that several fields tell of.
// L2. Between one history and the next every other request has its turn, and a caller that left is not worked for.

const MOST_EVENTS = 40_000;
const MOST_BYTES = 32 * 1024 * 1024;

export class HistoryAllowance {
  readonly #signal: AbortSignal;
  readonly #toRead = new Allowance();
  readonly #toTell = new Allowance();
  #turn: Promise<void> = Promise.resolve();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Counts what is about to be read, or refuses it. */
  read(size: HistorySize): void {
    this.#toRead.spend(size);
  }

  /** Counts what a field is about to tell of, or refuses it; resolves when it is its turn. */
  async tell(size: HistorySize): Promise<void> {
    this.#toTell.spend(size);
    await this.turn();
  }

  /** Resolves when everything else had its turn; rejects once the caller left. */
  async turn(): Promise<void> {
    this.#turn = this.#turn.then(() => setImmediate());
    await this.#turn;
    this.#signal.throwIfAborted();
  }
}

class Allowance {
  #left: HistorySize = { events: MOST_EVENTS, bytes: MOST_BYTES };

  spend({ events, bytes }: HistorySize): void {
    const left = { events: this.#left.events - events, bytes: this.#left.bytes - bytes };
    if (left.events < 0 || left.bytes < 0) throw new Problem('too-large', TOO_MUCH);
    this.#left = left;
  }
}

const TOO_MUCH = `one request is told of ${MOST_EVENTS.toLocaleString('en')} events or ${MOST_BYTES / 1024 / 1024} MiB of runs at most: ask for fewer runs, for their \`events\` by pages, or for the steps of a long one by GET /executions/ID/steps`;
