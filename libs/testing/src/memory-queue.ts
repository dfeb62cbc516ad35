// The run queue's rules without a database, over the memory journal.
// M1. What a run may do next is decided and folded by `runDecider` alone; a row here only adds who waits where, and until when.
// M2. Every decision and its append happen without a pause between them, so callers see them as one step.
// M3. Whatever takes a run from its owner is appended under the next epoch: the owner is refused from then on.
import {
  dataOf,
  type Envelope,
  type RecordedEvent,
  type RunCommand,
  type RunEvent,
  type RunState,
  runDecider,
  runEventVersion,
} from '@testmesh/domain';
import type {
  CancelOutcome,
  ClaimedRun,
  ClaimRequest,
  Clock,
  HeldRun,
  LeaseReply,
  QueuedRun,
  ReapedRun,
  ReapPolicy,
  RunQueue,
} from '@testmesh/ports';
import { eventId } from '@testmesh/runtime';
import type { MemoryJournal } from './memory-journal.ts';
import type { QueueRow } from './queue-world.ts';

export interface MemoryQueueOptions {
  readonly journal: MemoryJournal;
  readonly clock: Clock;
  /** How many runs of a workspace may run at once; no entry, no limit. */
  readonly maxRunning?: ReadonlyMap<string, number>;
}

/** A queue that shows its rows, for tests. */
export interface MemoryQueue extends RunQueue {
  readonly rows: () => readonly QueueRow[];
}

interface Row extends Omit<QueuedRun, 'event'> {
  state: RunState;
  ver: number;
  /** Milliseconds; meaningful while somebody owns the run. */
  leaseUntil: number;
}

type Running = Extract<RunState, { readonly status: 'running' }>;

export const memoryQueue = (options: MemoryQueueOptions): MemoryQueue => new InMemory(options);

class InMemory implements MemoryQueue {
  readonly #journal: MemoryJournal;
  readonly #clock: Clock;
  readonly #maxRunning: ReadonlyMap<string, number>;
  /** In the order of their requests. */
  readonly #rows = new Map<string, Row>();
  readonly #served = new Map<string, number>();
  #turn = 0;

  constructor({ journal, clock, maxRunning = new Map() }: MemoryQueueOptions) {
    this.#journal = journal;
    this.#clock = clock;
    this.#maxRunning = maxRunning;
  }

  async request(runs: readonly QueuedRun[]): Promise<readonly boolean[]> {
    return runs.map(({ event, ...run }) => {
      const first = { stream: streamOf(run.runId), expectedVer: 0, epoch: 0, events: [event] };
      const { outcome } = this.#journal.appendNow(first);
      if (outcome !== 'applied') return false;
      this.#rows.set(run.runId, { ...run, state: runDecider.initial, ver: 0, leaseUntil: 0 });
      return true;
    });
  }

  async claim({ executor, pools, slots, leaseMs, workspace }: ClaimRequest): Promise<readonly ClaimedRun[]> {
    const claimed: ClaimedRun[] = [];
    while (claimed.length < slots) {
      const row = this.#next(pools, workspace);
      if (row === undefined) break;
      this.#decide(row, { type: 'ClaimRun', executor });
      row.leaseUntil = this.#clock.now() + leaseMs;
      this.#turn += 1;
      this.#served.set(row.workspace, this.#turn);
      const { epoch, attempts } = row.state as Running;
      claimed.push({ runId: row.runId, workspace: row.workspace, epoch, attempt: attempts, ver: row.ver });
    }
    return claimed;
  }

  async heartbeat(executor: string, runs: readonly HeldRun[], leaseMs: number): Promise<LeaseReply[]> {
    const until = this.#clock.now() + leaseMs;
    return runs.map(({ runId, epoch }) => {
      const row = this.#row(runId);
      if (row === undefined || !isHeld(row.state, epoch) || row.state.executor !== executor) {
        return { runId, epoch, lease: 'lost' };
      }
      row.leaseUntil = until;
      const { cancelledBy } = row.state;
      return { runId, epoch, lease: 'held', ...(cancelledBy === undefined ? {} : { cancelledBy }) };
    });
  }

  async release({ runId, epoch }: HeldRun, reason: string): Promise<boolean> {
    const row = this.#row(runId);
    return row !== undefined && this.#decide(row, { type: 'ReleaseRun', epoch, reason });
  }

  async cancel(runId: string, by: string): Promise<CancelOutcome> {
    const row = this.#row(runId);
    if (row === undefined) {
      const last = this.#journal.eventsOf(streamOf(runId)).at(-1);
      return last?.type === 'RunCompleted' ? 'finished' : 'absent';
    }
    this.#decide(row, { type: 'CancelRun', by });
    return this.#row(runId) === undefined ? 'cancelled' : 'requested';
  }

  async reap({ maxAttempts, limit }: ReapPolicy): Promise<readonly ReapedRun[]> {
    const now = this.#clock.now();
    const due = this.#all().filter(({ state, leaseUntil }) => state.status === 'running' && leaseUntil < now);
    due.sort((a, b) => a.leaseUntil - b.leaseUntil);
    return due.slice(0, limit).map((row) => {
      this.#decide(row, { type: 'ExpireLease', epoch: (row.state as Running).epoch, maxAttempts });
      return { runId: row.runId, outcome: row.state.status === 'parked' ? 'parked' : 'requeued' };
    });
  }

  async unpark(runId: string, by: string): Promise<boolean> {
    const row = this.#row(runId);
    return row !== undefined && this.#decide(row, { type: 'UnparkRun', by });
  }

  rows(): readonly QueueRow[] {
    return this.#all().map(({ runId, state }) => ({ runId, state }));
  }

  // Whose turn it is: the workspace with the fewest runs going, then the one served longest ago; in it, priority and then age.
  #next(pools: readonly string[], only: string | undefined): Row | undefined {
    const now = this.#clock.now() * 1000;
    const rows = this.#all();
    const going = Map.groupBy(rows.filter(isRunning), ({ workspace }) => workspace);
    const load = (workspace: string): number => going.get(workspace)?.length ?? 0;
    const mayRun = (row: Row): boolean =>
      row.state.status === 'queued' &&
      pools.includes(row.pool) &&
      (only === undefined || row.workspace === only) &&
      (row.notBefore ?? 0) <= now &&
      load(row.workspace) < (this.#maxRunning.get(row.workspace) ?? Number.POSITIVE_INFINITY) &&
      !going.get(row.workspace)?.some(({ exclusive }) => exclusive.some((name) => row.exclusive.includes(name)));
    const served = (workspace: string): number => this.#served.get(workspace) ?? 0;
    const turn = (a: Row, b: Row): number =>
      load(a.workspace) - load(b.workspace) ||
      served(a.workspace) - served(b.workspace) ||
      Number(a.workspace > b.workspace) - Number(a.workspace < b.workspace) ||
      b.priority - a.priority;
    return rows
      .filter(mayRun)
      .reduce<Row | undefined>((best, row) => (best && turn(best, row) <= 0 ? best : row), undefined);
  }

  #all(): Row[] {
    return [...this.#rows.keys()].flatMap((runId) => this.#row(runId) ?? []);
  }

  /** The row as the journal leaves it; a run that has ended has none. */
  #row(runId: string): Row | undefined {
    const row = this.#rows.get(runId);
    if (row === undefined) return undefined;
    const events = this.#journal.eventsOf(streamOf(runId));
    if (row.ver < events.length) {
      row.state = events.slice(row.ver).map(factOf).reduce(runDecider.evolve, row.state);
      row.ver = events.length;
    }
    if (row.state.status !== 'finished') return row;
    this.#rows.delete(runId);
    return undefined;
  }

  #decide(row: Row, command: RunCommand): boolean {
    const decision = runDecider.decide(command, row.state);
    if (!decision.ok) return false;
    const stream = streamOf(row.runId);
    const before = this.#journal.eventsOf(stream);
    const fence = before.at(-1)?.epoch ?? 0;
    const epoch = TAKES_OVER.has(command.type) ? Math.max(fence, epochOf(row.state) + 1) : fence;
    const events = decision.events.map((event, at) => this.#envelope(row, event, epoch, before.length + 1 + at));
    const { outcome } = this.#journal.appendNow({ stream, expectedVer: before.length, epoch, events });
    if (outcome !== 'applied')
      throw new Error(`the queue decided on ${stream} at version ${before.length} and was answered ${outcome}`);
    this.#row(row.runId);
    return true;
  }

  #envelope({ runId, workspace }: Row, event: RunEvent, epoch: number, ver: number): Envelope {
    const stream = streamOf(runId);
    return {
      id: eventId(`${stream}/queue`, epoch, ver),
      stream,
      type: event.type,
      sv: runEventVersion(event.type),
      workspace,
      epoch,
      actor: 'queue',
      time: Math.round(this.#clock.now() * 1000),
      data: dataOf(event),
    };
  }
}

// M3: after these the former owner's epoch is behind.
const TAKES_OVER: ReadonlySet<RunCommand['type']> = new Set(['ClaimRun', 'ReleaseRun', 'ExpireLease']);

const streamOf = (runId: string): string => `run-${runId}`;

const epochOf = (state: RunState): number => ('epoch' in state ? state.epoch : 0);

const isRunning = ({ state }: Row): boolean => state.status === 'running';

const isHeld = (state: RunState, epoch: number): state is Running =>
  state.status === 'running' && state.epoch === epoch;

/** As the database's queue does: it looks at what happened, and leaves shapes to the executors. */
const factOf = ({ type, data }: RecordedEvent): RunEvent => ({ type, ...data }) as unknown as RunEvent;
