// Time in a simulation: a queue of what is to happen, and nothing else.
// V1. One thing happens at a time, in the order of its time and then of its being asked for; everything it sets off that needs no
//     time has happened before the next.
// V2. Nothing here looks at a real clock: equal seeds give equal traces.
import { createHash } from 'node:crypto';

const TRACED_AT_ONCE = 65_536;

interface Happening {
  readonly at: number;
  readonly order: number;
  readonly label: string;
  act: (() => void) | undefined;
}

export class VirtualTime {
  /** Milliseconds since the beginning. */
  now = 0;
  readonly #heap: Happening[] = [];
  readonly #trace = createHash('sha256');
  #untraced = '';
  #order = 0;

  /** Lets something happen after so many milliseconds; the answer calls it off. */
  after(ms: number, label: string, act: () => void): () => void {
    const happening: Happening = { at: this.now + ms, order: this.#order++, label, act };
    this.#push(happening);
    return () => {
      happening.act = undefined;
    };
  }

  /** Lets time pass until it holds; false when the limit came first. */
  async until(holds: () => boolean, limit: number): Promise<boolean> {
    while (!holds()) {
      const next = this.#heap[0];
      if (next === undefined || next.at > limit) return false;
      this.#pop();
      if (next.act === undefined) continue;
      this.now = next.at;
      this.#note(`${next.at.toFixed(3)} ${next.label}\n`);
      next.act();
      await settled();
    }
    return true;
  }

  /** What happened, as one value. */
  trace(): string {
    this.#trace.update(this.#untraced);
    this.#untraced = '';
    return this.#trace.copy().digest('hex');
  }

  /** The hash is asked seldom: a call of it costs more than the text. */
  #note(line: string): void {
    this.#untraced += line;
    if (this.#untraced.length < TRACED_AT_ONCE) return;
    this.#trace.update(this.#untraced);
    this.#untraced = '';
  }

  #push(happening: Happening): void {
    const heap = this.#heap;
    let place = heap.push(happening) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!isBefore(happening, heap[parent] as Happening)) break;
      heap[place] = heap[parent] as Happening;
      place = parent;
    }
    heap[place] = happening;
  }

  #pop(): void {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || first === last) return;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Happening, heap[child] as Happening)) child += 1;
      if (!isBefore(heap[child] as Happening, last)) break;
      heap[place] = heap[child] as Happening;
      place = child;
    }
    heap[place] = last;
  }
}

const isBefore = (one: Happening, other: Happening): boolean =>
  one.at < other.at || (one.at === other.at && one.order < other.order);

/** All promises that need no time are settled before a macrotask. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
