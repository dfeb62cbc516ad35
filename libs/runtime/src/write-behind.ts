// Facts are taken at once and written behind.
// W1. Events reach the journal in the order they were recorded, one append in flight at a time.
// W2. A batch leaves when it is full, when it has lingered, or when someone asks for durability.
// W3. After the journal refused or failed, every later call fails with that cause: no fact is dropped in silence.
import { dataOf, type Envelope, RUN_EVENT_VERSION, type RunEvent } from '@testmesh/domain';
import type { Clock, Journal, RunRecorder } from '@testmesh/ports';
import { eventId } from './event-id.ts';

export interface WriteBehindOptions {
  readonly journal: Journal;
  readonly stream: string;
  readonly clock: Clock;
  readonly epoch?: number;
  readonly workspace?: string;
  readonly actor?: string;
  readonly lingerMs?: number;
  readonly batchSize?: number;
}

export class WriteBehind implements RunRecorder {
  readonly #options: Required<WriteBehindOptions>;
  #waiting: Envelope[] = [];
  #sequence = 0;
  #version = 0;
  #inFlight: Promise<void> = Promise.resolve();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failure: Error | undefined;

  constructor(options: WriteBehindOptions) {
    this.#options = { epoch: 1, workspace: 'local', actor: 'cli', lingerMs: 10, batchSize: 100, ...options };
  }

  record(event: RunEvent): void {
    if (this.#failure !== undefined) throw this.#failure;
    this.#waiting.push(this.#envelope(event));
    if (this.#waiting.length >= this.#options.batchSize) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), this.#options.lingerMs);
  }

  async durable(): Promise<void> {
    this.#flush();
    await this.#inFlight;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Writes what is left; like `durable`, it fails when the journal did. */
  async close(): Promise<void> {
    await this.durable();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.length === 0) return;
    const batch = this.#waiting;
    this.#waiting = [];
    this.#inFlight = this.#inFlight.then(() => this.#append(batch));
  }

  async #append(batch: readonly Envelope[]): Promise<void> {
    if (this.#failure !== undefined) return;
    const { journal, stream, epoch } = this.#options;
    try {
      const result = await journal.append(stream, this.#version, epoch, batch);
      if (result.outcome === 'applied' || result.outcome === 'already_applied') this.#version = result.ver;
      else this.#failure = new Error(`the journal refused ${batch.length} events of ${stream}: ${result.outcome}`);
    } catch (cause) {
      this.#failure = new Error(`the journal could not be written: ${(cause as Error).message}`, { cause });
    }
  }

  #envelope(event: RunEvent): Envelope {
    const { stream, epoch, workspace, actor, clock } = this.#options;
    this.#sequence += 1;
    return {
      id: eventId(stream, epoch, this.#sequence),
      stream,
      type: event.type,
      sv: RUN_EVENT_VERSION,
      workspace,
      epoch,
      actor,
      time: Math.round(clock.now() * 1000),
      data: dataOf(event),
    };
  }
}
