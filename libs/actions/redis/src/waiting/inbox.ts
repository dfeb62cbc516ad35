// What a wait has received so far, and when it is enough. Invariants:
// W1. Messages keep the order they came in; the first one is the first that meets the step's correlations.
// W2. With `count`, nothing after the message that made it enough is taken.
// W3. Without `count`, it is enough when the assertions hold on all that has arrived, and never on nothing.
// W4. Where older entries are shown too, one that is newer than the run's start is needed, unless `allow_old`.
import type { Requirement } from '@testmesh/action-kit';
import type { ValueMap } from '@testmesh/domain';

export interface Received {
  readonly message: ValueMap;
  readonly bytes: number;
  /** Whether it came after the run began. */
  readonly isNewer: boolean;
}

export interface Skipped {
  readonly message: ValueMap;
  readonly why: string;
}

export interface Wanted {
  readonly count?: number | undefined;
  readonly max_bytes: number;
  readonly allow_old?: boolean;
}

const KEPT_SKIPPED = 10;

export class Inbox {
  readonly messages: ValueMap[] = [];
  /** The newest few that are not meant. */
  readonly skipped: Skipped[] = [];
  skippedCount = 0;
  bytes = 0;
  newer = 0;
  readonly #wanted: Wanted;
  readonly #requirements: readonly Requirement[];

  constructor(wanted: Wanted, requirements: readonly Requirement[]) {
    this.#wanted = wanted;
    this.#requirements = requirements;
  }

  get isTooLarge(): boolean {
    return this.bytes > this.#wanted.max_bytes;
  }

  get isFresh(): boolean {
    return this.newer > 0 || this.#wanted.allow_old === true;
  }

  /** False when it is not needed any more. */
  take({ message, bytes, isNewer }: Received): boolean {
    if (this.isTooLarge || this.#isCounted) return false;
    const mismatches = this.#requirements.flatMap(({ mismatch }) => mismatch(message) ?? []);
    if (mismatches.length > 0) this.#skip(message, mismatches.join(' and '));
    else {
      this.messages.push(message);
      this.bytes += bytes;
      if (isNewer) this.newer += 1;
    }
    return true;
  }

  /** Whether to stop waiting; `holds` judges the step's assertions on what is there. */
  isEnough(holds: () => boolean): boolean {
    if (this.#wanted.count !== undefined) return this.#isCounted;
    return this.messages.length > 0 && this.isFresh && holds();
  }

  get #isCounted(): boolean {
    const { count } = this.#wanted;
    return count !== undefined && this.messages.length >= count && this.isFresh;
  }

  #skip(message: ValueMap, why: string): void {
    this.skippedCount += 1;
    this.skipped.push({ message, why });
    if (this.skipped.length > KEPT_SKIPPED) this.skipped.shift();
  }
}
