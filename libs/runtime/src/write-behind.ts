// Facts are taken at once and written behind.
// W1. Events reach the journal in the order they were recorded, one append in flight at a time.
// W2. A batch leaves when it is full, when it has lingered, or when someone asks for durability.
// W3. After the journal refused or failed, every later call fails with that cause: no fact is dropped in silence.
// W4. An append whose outcome is unknown is repeated with the same ids until it is answered or the lease is lost.
// W5. Under an unchanged epoch others may have appended a request to cancel and nothing else: it is told, ours are renumbered.
// W6. `room` lets a producer wait until no more than `capacity` facts are unwritten.
import { dataOf, type Envelope, type RecordedEvent, type RunEvent, runEventVersion } from '@testmesh/domain';
import type { AppendResult, Clock, Journal, RunRecorder } from '@testmesh/ports';
import { eventId } from './event-id.ts';
import { LeaseLost, type LossReason } from './lease-lost.ts';

export interface WriteBehindOptions {
  readonly journal: Pick<Journal, 'append' | 'read'>;
  readonly stream: string;
  readonly clock: Clock;
  readonly epoch?: number;
  /** The stream's version before the first event recorded here. */
  readonly version?: number;
  /** How many events this epoch's owner has written already. */
  readonly sequence?: number;
  readonly workspace?: string;
  readonly actor?: string;
  readonly lingerMs?: number;
  readonly batchSize?: number;
  readonly capacity?: number;
  /** Aborts when the lease is lost. With it, a journal that cannot be reached is tried again until then; without, it is a failure. */
  readonly lost?: AbortSignal;
  readonly onLost?: (error: LeaseLost) => void;
  /** What others appended while the run was ours. */
  readonly onForeign?: (events: readonly RecordedEvent[]) => void;
}

const LEAST_PAUSE_MS = 50;
const MOST_PAUSE_MS = 2000;

interface Waiter {
  readonly until: () => boolean;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class WriteBehind implements RunRecorder {
  readonly #options: Required<Omit<WriteBehindOptions, 'lost'>>;
  readonly #lost: AbortSignal | undefined;
  readonly #over = new AbortController();
  #waiting: Envelope[] = [];
  #sequence: number;
  #version: number;
  #recorded = 0;
  #written = 0;
  /** How many of the recorded events have been asked to leave. */
  #due = 0;
  #isPumping = false;
  #isLingering = false;
  #waiters: Waiter[] = [];
  #failure: Error | undefined;
  #seal: Error | undefined;

  constructor({ lost, ...options }: WriteBehindOptions) {
    this.#options = {
      epoch: 1,
      version: 0,
      sequence: 0,
      workspace: 'local',
      actor: 'cli',
      lingerMs: 10,
      batchSize: 100,
      capacity: 1000,
      onLost: () => undefined,
      onForeign: () => undefined,
      ...options,
    };
    this.#sequence = this.#options.sequence;
    this.#version = this.#options.version;
    this.#lost = lost;
    if (lost?.aborted) this.#loseBySignal();
    else lost?.addEventListener('abort', this.#loseBySignal, { once: true });
  }

  record(event: RunEvent): void {
    this.#assertOpen();
    this.#waiting.push(this.#envelope(event));
    this.#recorded += 1;
    if (this.#waiting.length >= this.#options.batchSize) this.#leave();
    else this.#linger();
  }

  async durable(): Promise<void> {
    await this.#flush();
    this.#assertOpen();
  }

  /** Resolves when a producer may go on recording. */
  async room(): Promise<void> {
    this.#assertOpen();
    if (this.#recorded - this.#written <= this.#options.capacity) return;
    this.#leave();
    await this.#until(() => this.#recorded - this.#written <= this.#options.capacity);
  }

  /** Takes no more facts: every later call fails with `why`, while `close` still writes what was recorded before. */
  seal(why: Error): void {
    this.#seal ??= why;
  }

  /** Writes what is left; like `durable`, it fails when the journal did. */
  async close(): Promise<void> {
    try {
      await this.#flush();
    } finally {
      this.#lost?.removeEventListener('abort', this.#loseBySignal);
      this.#over.abort(CLOSED);
    }
  }

  #assertOpen(): void {
    const refusal = this.#failure ?? this.#seal;
    if (refusal !== undefined) throw refusal;
  }

  async #flush(): Promise<void> {
    this.#leave();
    const upTo = this.#recorded;
    await this.#until(() => this.#written >= upTo);
  }

  #until(until: () => boolean): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (until()) return Promise.resolve();
    return new Promise((resolve, reject) => this.#waiters.push({ until, resolve, reject }));
  }

  #linger(): void {
    if (this.#isLingering) return;
    this.#isLingering = true;
    const over = (): void => {
      this.#isLingering = false;
      this.#leave();
    };
    // The only rejection is our own end.
    this.#options.clock.sleep(this.#options.lingerMs, this.#over.signal).then(over, () => undefined);
  }

  #leave(): void {
    this.#due = this.#recorded;
    if (!this.#isPumping) void this.#pump();
  }

  async #pump(): Promise<void> {
    this.#isPumping = true;
    while (this.#due > this.#written && this.#failure === undefined) {
      const batch = this.#waiting.splice(0, this.#options.batchSize);
      await this.#write(batch);
    }
    this.#isPumping = false;
  }

  async #write(batch: readonly Envelope[]): Promise<void> {
    let pauseMs = LEAST_PAUSE_MS;
    while (this.#failure === undefined) {
      try {
        if (await this.#append(batch)) return;
        pauseMs = LEAST_PAUSE_MS;
      } catch (cause) {
        if (this.#lost === undefined) return this.#fail(unwritable(cause));
        await this.#options.clock.sleep(pauseMs, this.#over.signal).catch(() => undefined);
        pauseMs = Math.min(pauseMs * 2, MOST_PAUSE_MS);
      }
    }
  }

  /** False when the batch has to be given again; rejects when its outcome is unknown. */
  async #append(batch: readonly Envelope[]): Promise<boolean> {
    const { journal, stream, epoch } = this.#options;
    const result = await journal.append(stream, this.#version, epoch, batch);
    if (this.#failure !== undefined) return true;
    switch (result.outcome) {
      case 'applied':
      case 'already_applied':
        this.#version = result.ver;
        this.#written += batch.length;
        this.#tellWaiters();
        return true;
      case 'conflict':
        return this.#meetOthers(result, batch.length);
      default:
        this.#lose(result.outcome);
        return true;
    }
  }

  async #meetOthers(result: AppendResult, refused: number): Promise<boolean> {
    const { journal, stream, onForeign } = this.#options;
    const events: RecordedEvent[] = [];
    for await (const event of journal.read(stream, this.#version)) events.push(event);
    const strange = events.find(({ type }) => type !== 'RunCancelRequested');
    const known = events.at(-1);
    if (strange === undefined && known !== undefined && this.#failure === undefined) {
      this.#version = known.ver;
      onForeign(events);
      return false;
    }
    if (strange !== undefined && ENDS_A_LEASE.has(strange.type)) this.#lose('taken');
    else this.#fail(new Error(conflictText(stream, refused, result, strange)));
    return true;
  }

  readonly #loseBySignal = (): void => {
    const reason: unknown = this.#lost?.reason;
    if (reason instanceof LeaseLost) this.#fail(reason);
    else this.#lose('unconfirmed');
  };

  #lose(why: LossReason): void {
    const { stream, epoch } = this.#options;
    this.#fail(new LeaseLost(stream, epoch, why));
  }

  #fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#waiting = [];
    this.#over.abort(CLOSED);
    this.#tellWaiters();
    if (error instanceof LeaseLost) this.#options.onLost(error);
  }

  #tellWaiters(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) {
      if (this.#failure !== undefined) waiter.reject(this.#failure);
      else if (waiter.until()) waiter.resolve();
      else this.#waiters.push(waiter);
    }
  }

  #envelope(event: RunEvent): Envelope {
    const { stream, epoch, workspace, actor, clock } = this.#options;
    this.#sequence += 1;
    return {
      id: eventId(stream, epoch, this.#sequence),
      stream,
      type: event.type,
      sv: runEventVersion(event.type),
      workspace,
      epoch,
      actor,
      time: Math.round(clock.now() * 1000),
      data: dataOf(event),
    };
  }
}

// An abort without a reason would make an exception with a stack each time.
const CLOSED = 'closed';

const ENDS_A_LEASE: ReadonlySet<string> = new Set(['RunLeaseExpired', 'RunReleased', 'RunClaimed', 'RunParked']);

const unwritable = (cause: unknown): Error =>
  new Error(`the journal could not be written: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });

const conflictText = (stream: string, refused: number, { outcome }: AppendResult, strange?: RecordedEvent): string => {
  const found = strange === undefined ? 'nothing that was not known' : `${strange.type} by ${strange.actor}`;
  return `the journal refused ${refused} events of ${stream}: ${outcome}, and there was ${found}`;
};
