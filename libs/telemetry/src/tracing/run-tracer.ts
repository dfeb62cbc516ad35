// Exports a run's trace once it has ended, by whoever wrote its end: a trace is a fold of the journal, so that it is whole
// after a take-over and needs no state that a dying process could lose.
// T1. A trace is exported after the run's end is durable, once, whole: every attempt, also those of earlier owners.
// T2. Runs are chosen by their ids; those that did not pass are exported too, when asked for.
// T3. Facts of a chosen run are kept while they are few; else, and for a run chosen by its end, they are read again.
// T4. Exporting is never waited for: what cannot be exported is counted and let go.
import { type Envelope, type RecordedEvent, traceIdOf } from '@testmesh/domain';
import type { Journal, JournalBatch } from '@testmesh/ports';
import { foldTrace, type OtlpSpan } from '@testmesh/views';
import { isSampled, type TraceSettings } from './sampling.ts';

export interface RunTracerOptions extends TraceSettings {
  readonly read: Journal['read'];
  readonly exportSpans: (spans: readonly OtlpSpan[]) => Promise<void>;
  readonly onLost: (why: 'unread' | 'too many' | 'not exported', error?: unknown) => void;
}

const MOST_FACTS = 2000;
const MOST_RUNS = 500;
const MOST_WAITING = 1000;

export class RunTracer {
  readonly #options: RunTracerOptions;
  /** Facts of chosen runs in hand. */
  readonly #facts = new Map<string, Envelope[]>();
  readonly #waiting: (() => Promise<void>)[] = [];
  #working: Promise<void> | undefined;

  constructor(options: RunTracerOptions) {
    this.#options = options;
  }

  /** A run is taken up here. */
  begun(stream: string, history: readonly RecordedEvent[]): void {
    if (!this.#isChosen(stream) || history.length > MOST_FACTS) return;
    this.#facts.delete(stream);
    this.#facts.set(stream, [...history]);
    // Runs that were lost or given back are never heard of again.
    const [oldest] = this.#facts.keys();
    if (this.#facts.size > MOST_RUNS && oldest !== undefined) this.#facts.delete(oldest);
  }

  /** The journal has these. */
  appended({ stream, events }: JournalBatch): void {
    const facts = this.#facts.get(stream);
    facts?.push(...events);
    if (facts !== undefined && facts.length > MOST_FACTS) this.#facts.delete(stream);
    const end = events.findLast(({ type }) => type === 'RunCompleted');
    if (end === undefined) return;
    this.#facts.delete(stream);
    const isWanted = this.#isChosen(stream) || (this.#options.failed && end.data['verdict'] !== 'passed');
    if (isWanted) this.#ask(stream, facts !== undefined && facts.length <= MOST_FACTS ? facts : undefined);
  }

  /** Resolves when all that ended has been handed to the exporter. */
  async settled(): Promise<void> {
    await this.#working;
  }

  #isChosen(stream: string): boolean {
    return stream.startsWith('run-') && isSampled(traceIdOf(runIdOf(stream)), this.#options.ratio);
  }

  #ask(stream: string, facts: readonly Envelope[] | undefined): void {
    if (this.#waiting.length >= MOST_WAITING) {
      this.#options.onLost('too many');
      return;
    }
    this.#waiting.push(() => this.#export(stream, facts));
    this.#working ??= this.#work();
  }

  async #work(): Promise<void> {
    // Steps come first: an export begins when the event loop has a moment.
    await new Promise(setImmediate);
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) await next();
    this.#working = undefined;
  }

  async #export(stream: string, kept: readonly Envelope[] | undefined): Promise<void> {
    const { exportSpans, onLost } = this.#options;
    let facts = kept;
    try {
      facts ??= await this.#read(stream);
    } catch (error) {
      onLost('unread', error);
      return;
    }
    const { resourceSpans } = foldTrace(runIdOf(stream), facts as readonly RecordedEvent[]);
    const spans = resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
    await exportSpans(spans).catch((error: unknown) => onLost('not exported', error));
  }

  async #read(stream: string): Promise<readonly Envelope[]> {
    const facts: Envelope[] = [];
    for await (const event of this.#options.read(stream)) facts.push(event);
    return facts;
  }
}

const runIdOf = (stream: string): string => stream.slice('run-'.length);
