// An executor's ports over HTTPS. Invariants:
// R1. What this process was given is told with every claim: a run whose claim was answered into nothing is given again.
// R2. A server that does not know us any more has fenced us: every run is lost at once, and whoever asked is told.
// R3. An append that the server refuses is fenced: nothing of the run is told any more, and its lease runs out.
// R4. A batch too large for one request goes in several, in order; each is recognised when it is repeated.
import type { RecordedEvent, Value, ValueMap } from '@testmesh/domain';
import type {
  AppendResult,
  ClaimedRun,
  ClaimRequest,
  HeldRun,
  Journal,
  JournalBatch,
  LeaseReply,
  RunQueue,
  RunSecrets,
} from '@testmesh/ports';
import { type Part, requestsOf } from './sizes.ts';
import { type Asked, NotAdmitted, Refused, type Transport } from './transport.ts';

export interface RemoteOptions {
  readonly transport: Pick<Transport, 'ask'>;
  /** For so long the server may look for a run; much shorter than a lease, which counts from the question on. */
  readonly waitMs?: (leaseMs: number) => number;
  /** Called after a claim that found nothing although it waited: whoever rests need not. */
  readonly onEmpty?: () => void;
  /** The server does not know us any more. */
  readonly onNotAdmitted?: (error: Error) => void;
  /** What the server will not take of a run, in its words. */
  readonly onRefused?: (runId: string, reason: string) => void;
}

/** Where a workspace lets its runs connect to. */
export interface OutboundRules {
  readonly allow: readonly string[] | null;
  readonly deny: readonly string[];
}

type Journals = Pick<Journal, 'append' | 'appendMany' | 'read' | 'close'>;

const MOST_WAIT_MS = 5000;
const REMEMBERED = 2000;

export class RemoteRuns implements Journals, RunSecrets, Pick<RunQueue, 'claim' | 'heartbeat' | 'release'> {
  readonly #options: RemoteOptions;
  /** Runs that this process was given, the newest last, with their epochs. */
  readonly #given = new Map<string, number>();
  /** Runs whose last event was taken, until they are forgotten. */
  readonly #ended = new Map<string, number>();
  readonly #waiting = new Set<AbortController>();
  #isDraining = false;
  #outbound: OutboundRules | undefined;

  constructor(options: RemoteOptions) {
    this.#options = options;
  }

  readonly claim = async ({ pools, slots, leaseMs }: ClaimRequest): Promise<readonly ClaimedRun[]> => {
    const waitMs = this.#isDraining ? 0 : (this.#options.waitMs ?? standardWait)(leaseMs);
    const stop = new AbortController();
    this.#waiting.add(stop);
    try {
      const known = [...this.#given].map(([run_id, epoch]) => ({ run_id, epoch }));
      const body = { pools, slots, lease_ms: leaseMs, wait_ms: waitMs, known };
      const answer = await this.ask({
        method: 'POST',
        path: '/api/v1/agent/claims',
        body,
        waitMs,
        retryForMs: 0,
        signal: stop.signal,
      });
      const runs = listOf(answer['runs']).map(claimedRun);
      for (const run of runs) this.#remember(run);
      if (runs.length === 0 && waitMs > 0 && slots > 0) this.#options.onEmpty?.();
      return runs;
    } catch (error) {
      if (stop.signal.aborted) return [];
      throw error;
    } finally {
      this.#waiting.delete(stop);
    }
  };

  /** Waits for no run any more: a claim that is under way is given up. */
  drain(): void {
    this.#isDraining = true;
    for (const stop of this.#waiting) stop.abort('draining');
  }

  readonly heartbeat = async (
    _executor: string,
    runs: readonly HeldRun[],
    leaseMs: number,
  ): Promise<readonly LeaseReply[]> => {
    const body = { lease_ms: leaseMs, runs: runs.map(({ runId, epoch }) => ({ run_id: runId, epoch })) };
    try {
      const answer = await this.ask({
        method: 'POST',
        path: '/api/v1/agent/heartbeats',
        body,
        retryForMs: leaseMs / 3,
      });
      return listOf(answer['runs']).map(leaseReply);
    } catch (error) {
      if (!(error instanceof NotAdmitted)) throw error;
      return runs.map((run) => ({ ...run, lease: 'lost' }));
    }
  };

  readonly release = async ({ runId, epoch }: HeldRun, reason: string): Promise<boolean> => {
    const path = `/api/v1/agent/runs/${encodeURIComponent(runId)}/release`;
    try {
      const answer = await this.ask({ method: 'POST', path, body: { epoch, reason: reason.slice(0, 2000) } });
      return answer['released'] === true;
    } catch (error) {
      if (error instanceof NotAdmitted) return false;
      throw error;
    }
  };

  readonly append: Journal['append'] = async (stream, expectedVer, epoch, events) => {
    const [result] = await this.appendMany([{ stream, expectedVer, epoch, events }]);
    if (result === undefined) throw new Error(`the server did not say what became of ${stream}`);
    return result;
  };

  readonly appendMany = async (batches: readonly JournalBatch[]): Promise<readonly AppendResult[]> => {
    const results: AppendResult[] = [];
    for (const parts of requestsOf(batches)) {
      // What follows a part that was not taken would not be taken either.
      const open = parts.filter((part) => !isRefusal(results[part.of]));
      const answers = await this.#send(open);
      for (const [at, part] of open.entries()) results[part.of] = this.#resultOf(part, answers[at]);
    }
    return results;
  };

  readonly read: Journal['read'] = (stream, afterVer = 0) => this.#read(stream.replace(/^run-/, ''), afterVer);

  readonly keep: RunSecrets['keep'] = async (runId, name, value) => {
    const body = { epoch: this.epochOf(runId), name, value };
    await this.ask({ method: 'PUT', path: inputsPath(runId), body });
  };

  readonly of: RunSecrets['of'] = async (runId) => {
    const path = `${inputsPath(runId)}?epoch=${this.epochOf(runId)}`;
    const { values, outbound } = await this.ask({ method: 'GET', path });
    this.#outbound = outbound as unknown as OutboundRules;
    return new Map(Object.entries((values ?? {}) as Readonly<Record<string, string>>));
  };

  /** What the server said of it when a run's inputs came last. */
  get outbound(): OutboundRules {
    if (this.#outbound === undefined) throw new Error('the server has not said yet where runs may connect to');
    return this.#outbound;
  }

  /** Stores a body for a run. */
  readonly putBlob = async (runId: string, bytes: Uint8Array): Promise<string> => {
    const base64 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
    const path = `/api/v1/agent/runs/${encodeURIComponent(runId)}/blobs`;
    const answer = await this.ask({ method: 'POST', path, body: { epoch: this.epochOf(runId), base64 } });
    return String(answer['hash']);
  };

  readonly getBlob = async (hash: string): Promise<Uint8Array | undefined> => {
    try {
      const path = `/api/v1/agent/blobs/${encodeURIComponent(hash)}`;
      return Buffer.from(String((await this.ask({ method: 'GET', path }))['base64']), 'base64');
    } catch (error) {
      if (error instanceof Refused && error.status === 404) return undefined;
      throw error;
    }
  };

  readonly close = async (): Promise<void> => undefined;

  async #send(parts: readonly Part[]): Promise<readonly ValueMap[]> {
    if (parts.length === 0) return [];
    const batches = parts.map(({ stream, expectedVer, epoch, text }) => ({
      ...{ run_id: stream.replace(/^run-/, ''), epoch, expected_ver: expectedVer, events: text },
    }));
    try {
      return listOf((await this.ask({ method: 'POST', path: '/api/v1/agent/appends', body: { batches } }))['results']);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      // A whole request that is refused would be refused again.
      return parts.map(() => ({ outcome: 'refused', reason: error.message }));
    }
  }

  #resultOf({ stream, epoch, events }: Part, answer: ValueMap | undefined): AppendResult {
    const runId = stream.replace(/^run-/, '');
    switch (answer?.['outcome']) {
      case 'applied':
      case 'already_applied':
        if (events.at(-1)?.type === 'RunCompleted') this.#end(runId);
        return { outcome: answer['outcome'], ver: Number(answer['ver']) };
      case 'conflict':
        return { outcome: 'conflict', ver: Number(answer['ver']) };
      case 'fenced':
        return { outcome: 'fenced', epoch: Number(answer['epoch']) };
      case 'terminal':
        return { outcome: 'terminal' };
      case 'refused':
        this.#options.onRefused?.(runId, String(answer['reason']));
        return { outcome: 'fenced', epoch: epoch + 1 };
      default:
        throw new Error(`the server answered an append to ${stream} with ${String(answer?.['outcome'])}`);
    }
  }

  async *#read(runId: string, afterVer: number): AsyncIterable<RecordedEvent> {
    const epoch = this.epochOf(runId);
    for (let after = afterVer, more = true; more; ) {
      const path = `/api/v1/agent/runs/${encodeURIComponent(runId)}/events?epoch=${epoch}&after=${after}`;
      const page = await this.ask({ method: 'GET', path });
      const events = listOf(page['events']) as unknown as readonly RecordedEvent[];
      yield* events;
      after = events.at(-1)?.ver ?? after;
      more = page['more'] === true;
    }
  }

  /** Asks what belongs to a run; whoever is not known any more is told. */
  async ask(asked: Asked): Promise<ValueMap> {
    try {
      return ((await this.#options.transport.ask(asked)) ?? {}) as ValueMap;
    } catch (error) {
      if (error instanceof NotAdmitted) this.#options.onNotAdmitted?.(error);
      throw error;
    }
  }

  /** Under which epoch a run was given to this process; one that was not stands at the epoch of nobody. */
  epochOf(runId: string): number {
    return this.#given.get(runId) ?? this.#ended.get(runId) ?? 0;
  }

  #remember({ runId, epoch }: ClaimedRun): void {
    this.#given.delete(runId);
    this.#given.set(runId, epoch);
    const [oldest] = this.#given.keys();
    if (this.#given.size > REMEMBERED && oldest !== undefined) this.#given.delete(oldest);
  }

  #end(runId: string): void {
    this.#ended.set(runId, this.epochOf(runId));
    this.#given.delete(runId);
    const [oldest] = this.#ended.keys();
    if (this.#ended.size > REMEMBERED && oldest !== undefined) this.#ended.delete(oldest);
  }
}

const standardWait = (leaseMs: number): number => Math.min(MOST_WAIT_MS, Math.floor(leaseMs / 6));

const inputsPath = (runId: string): string => `/api/v1/agent/runs/${encodeURIComponent(runId)}/inputs`;

const isRefusal = (result: AppendResult | undefined): boolean =>
  result !== undefined && result.outcome !== 'applied' && result.outcome !== 'already_applied';

const listOf = (value: Value | undefined): readonly ValueMap[] => (Array.isArray(value) ? (value as ValueMap[]) : []);

const claimedRun = (run: ValueMap): ClaimedRun => ({
  runId: String(run['run_id']),
  workspace: String(run['workspace']),
  epoch: Number(run['epoch']),
  attempt: Number(run['attempt']),
  ver: Number(run['ver']),
});

const leaseReply = (run: ValueMap): LeaseReply => ({
  runId: String(run['run_id']),
  epoch: Number(run['epoch']),
  lease: run['lease'] === 'held' ? 'held' : 'lost',
  ...(typeof run['cancelled_by'] === 'string' && { cancelledBy: run['cancelled_by'] }),
});
