// Carries one claimed run from where its history stands to its end.
// R1. Everything it writes carries the claimed epoch and comes after the history it has read.
// R2. A lost lease stops the run at once, without teardown: the next owner goes on with what was recorded.
// R3. A hand-over stops it the same way, but what was recorded is written first, and then the run is given back.
// R4. A run that cannot be loaded, or that breaks the engine, ends as an error with its reason: it never comes round again.
// R5. A run in which a newer version of TestMesh wrote is given back untouched: this one cannot know what happened.
// R6. Its test environment is given back when its end is durable, and not before: whoever goes on with it goes on in there.
// R7. What the stores cannot do just now is tried again until they can or the run is not ours any more: a database that is
//     down says nothing about what the run tests, and is no reason for its verdict.
import { NewerEvent, type RecordedEvent, type RunEvent, type RunId, runEventOf } from '@testmesh/domain';
import { type EnginePorts, runFlow } from '@testmesh/engine';
import type { ClaimedRun, Journal, RunQueue, RunSecrets } from '@testmesh/ports';
import type { Carry } from './claim-loop.ts';
import type { Lease } from './lease-keeper.ts';
import { LeaseLost } from './lease-lost.ts';
import { type LoadedRun, type RunSource, RunUnloadable } from './run-source.ts';
import type { RunEnvironment, RunEnvironments } from './test-environments/run-environment.ts';
import { WriteBehind, type WriteBehindOptions } from './write-behind.ts';

export interface RunCarrierOptions {
  readonly journal: Pick<Journal, 'append' | 'read'>;
  readonly queue: Pick<RunQueue, 'release'>;
  readonly secrets: Pick<RunSecrets, 'keep'>;
  readonly source: RunSource;
  readonly executor: string;
  readonly engine: Pick<EnginePorts, 'blobs' | 'clock' | 'random' | 'action'>;
  /** Absent where nobody keeps test environments. */
  readonly environments?: RunEnvironments | undefined;
  /** Whether a failure of a store may be over in a moment. */
  readonly isPassing?: ((error: unknown) => boolean) | undefined;
  readonly log: (runId: string, ...line: Parameters<EnginePorts['log']>) => void;
  /** Live facts, before they are durable. */
  readonly onEvent?: (run: ClaimedRun, event: RunEvent) => void;
  readonly writing?: Pick<WriteBehindOptions, 'lingerMs' | 'batchSize'>;
}

/** How often a source that fails is asked, with a pause that doubles from a second. */
const LOAD_TRIES = 5;
const LOAD_PAUSE_MS = 1000;
const LEAST_PAUSE_MS = 100;
const MOST_PAUSE_MS = 2000;

export class RunCarrier {
  readonly #options: RunCarrierOptions;

  constructor(options: RunCarrierOptions) {
    this.#options = options;
  }

  readonly carry: Carry = async (run, lease, handOver) => {
    try {
      const history = await this.#history(run, lease);
      await new Carriage(this.#options, run, lease, history).go(handOver);
    } catch (error) {
      // R2: whoever owns it now goes on.
      if (!(error instanceof LeaseLost)) throw error;
    }
  };

  async #history(run: ClaimedRun, { lost }: Lease): Promise<readonly RecordedEvent[]> {
    const { journal, engine } = this.#options;
    for (let pauseMs = 50; ; pauseMs = Math.min(pauseMs * 2, 2000)) {
      try {
        const history: RecordedEvent[] = [];
        for await (const event of journal.read(streamOf(run))) history.push(event);
        const last = history.at(-1);
        if (last !== undefined && last.ver >= run.ver) return history;
        throw new Error(`${streamOf(run)} was claimed at version ${run.ver} and is read up to ${last?.ver ?? 0}`);
      } catch (error) {
        if (lost.aborted) throw lost.reason;
        this.#options.log(run.runId, `its history could not be read: ${messageOf(error)}`);
        await engine.clock.sleep(pauseMs, lost);
      }
    }
  }
}

const NEWER_PAUSE_MS = 5000;

/** One run in this process's hands. */
class Carriage {
  readonly #options: RunCarrierOptions;
  readonly #run: ClaimedRun;
  readonly #lease: Lease;
  readonly #history: readonly RecordedEvent[];
  readonly #recorder: WriteBehind;
  readonly #environment: RunEnvironment | undefined;
  /** Stops the run's steps; teardown follows unless `force` says otherwise. */
  readonly #stop = new AbortController();
  readonly #force = new AbortController();
  /** When it was begun, by whichever owner, ms since 1970. */
  #begunAt: number | undefined;
  #hasEnded = false;

  constructor(options: RunCarrierOptions, run: ClaimedRun, lease: Lease, history: readonly RecordedEvent[]) {
    this.#options = options;
    this.#run = run;
    this.#lease = lease;
    this.#history = history;
    const begun = history.findLast(({ type }) => type === 'RunStarted' || type === 'RunRestarted');
    this.#begunAt = begun?.type === 'RunStarted' ? begun.time / 1000 : undefined;
    this.#environment = options.environments?.(run);
    const { journal, executor, engine, writing } = options;
    this.#recorder = new WriteBehind({
      ...writing,
      journal,
      stream: streamOf(run),
      clock: engine.clock,
      epoch: run.epoch,
      version: history.at(-1)?.ver ?? 0,
      workspace: run.workspace,
      actor: executor,
      lost: lease.lost,
      onLost: lease.lose,
      onForeign: (events) => this.#obey(events),
    });
  }

  async go(handOver: AbortSignal): Promise<void> {
    const unfollow = [
      whenAborted(this.#lease.lost, () => this.#abandon(this.#lease.lost.reason)),
      whenAborted(this.#lease.cancelled, () => this.#stop.abort(this.#lease.cancelled.reason)),
      whenAborted(handOver, () => this.#abandon(new HandedOver(String(handOver.reason)))),
    ];
    try {
      await this.#carryOut();
    } catch (error) {
      if (!(error instanceof HandedOver)) throw error;
      await this.#giveBack(error.message);
    } finally {
      for (const stop of unfollow) stop();
      this.#environment?.abandon();
    }
  }

  async #carryOut(): Promise<void> {
    const history = await this.#facts();
    const loaded = await this.#load();
    if (loaded instanceof RunUnloadable) this.#end(loaded.message);
    else await this.#runFlow(loaded, history);
    await this.#recorder.durable();
    await this.#recorder.close();
    // R6.
    if (this.#hasEnded) await this.#environment?.release('the run has ended');
  }

  /** What happened so far. A run in which a newer version wrote is left to that version's executors. */
  async #facts(): Promise<readonly RunEvent[]> {
    try {
      return this.#history.map(runEventOf);
    } catch (error) {
      if (!(error instanceof NewerEvent)) throw error;
      // Given back at once it would come back at once.
      await this.#options.engine.clock.sleep(NEWER_PAUSE_MS, this.#force.signal);
      throw new HandedOver(error.message);
    }
  }

  async #runFlow({ input, files }: LoadedRun, history: readonly RunEvent[]): Promise<void> {
    const { engine, secrets, log, onEvent } = this.#options;
    const run = this.#run;
    const startedAt = this.#begunAt;
    const going = startedAt === undefined ? { history } : { history, startedAt };
    try {
      await runFlow(
        { ...input, ...going },
        {
          ...engine,
          ...this.#patientFiles(files),
          recorder: {
            record: (event) => this.#record(event),
            durable: () => this.#recorder.durable(),
          },
          signal: this.#stop.signal,
          force: this.#force.signal,
          enterEnvironment: this.#patientEnter(),
          keepSecret: (name, value) => this.#patiently(() => secrets.keep(run.runId, name, value)),
          log: (...line) => log(run.runId, ...line),
          onEvent: (event) => onEvent?.(run, event),
        },
      );
    } catch (error) {
      if (error instanceof LeaseLost || error instanceof HandedOver || this.#hasEnded) throw error;
      log(run.runId, `the engine broke: ${error instanceof Error ? error.stack : String(error)}`);
      this.#end(`TestMesh itself failed while it ran this: ${messageOf(error)}`);
    }
  }

  async #load(): Promise<LoadedRun | RunUnloadable> {
    const { source, engine, log } = this.#options;
    const { runId } = this.#run;
    for (let tries = 1; ; tries++) {
      try {
        return await this.#patiently(() => source.load(runId as RunId, this.#history));
      } catch (error) {
        if (this.#force.signal.aborted) throw this.#force.signal.reason;
        if (error instanceof RunUnloadable) return error;
        log(runId, `its inputs could not be loaded (${tries} of ${LOAD_TRIES}): ${messageOf(error)}`);
        if (tries === LOAD_TRIES) {
          return new RunUnloadable(`its inputs could not be loaded: ${messageOf(error)}`, { cause: error });
        }
        await engine.clock.sleep(LOAD_PAUSE_MS * 2 ** (tries - 1), this.#force.signal);
      }
    }
  }

  #patientFiles(files: LoadedRun['files']): LoadedRun['files'] & Pick<EnginePorts, 'blobs'> {
    const { blobs = this.#options.engine.blobs } = files;
    return {
      ...files,
      childFlow: (...asked) => this.#patiently(() => files.childFlow(...asked)),
      readFile: (...asked) => this.#patiently(() => files.readFile(...asked)),
      glob: (...asked) => this.#patiently(() => files.glob(...asked)),
      blobs: {
        put: (bytes) => this.#patiently(() => blobs.put(bytes)),
        get: (hash) => this.#patiently(() => blobs.get(hash)),
      },
    };
  }

  #patientEnter(): EnginePorts['enterEnvironment'] {
    const environment = this.#environment;
    return environment && ((wish) => this.#patiently(() => environment.enter(wish)));
  }

  /** R7. */
  async #patiently<Result>(work: () => Promise<Result>): Promise<Result> {
    const { engine, isPassing, log } = this.#options;
    for (let pauseMs = LEAST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, MOST_PAUSE_MS)) {
      try {
        return await work();
      } catch (error) {
        if (isPassing?.(error) !== true) throw error;
        if (this.#force.signal.aborted) throw this.#force.signal.reason;
        log(this.#run.runId, `it waits for a store: ${messageOf(error)}`);
        await engine.clock.sleep(pauseMs, this.#force.signal);
      }
    }
  }

  #record(event: RunEvent): void {
    this.#recorder.record(event);
    if (event.type === 'RunStarted') this.#begunAt = this.#options.engine.clock.now();
    if (event.type === 'RunRestarted') this.#begunAt = undefined;
    if (event.type === 'RunCompleted') this.#hasEnded = true;
  }

  #end(reason: string): void {
    const now = this.#options.engine.clock.now();
    const ended: RunEvent = {
      type: 'RunCompleted',
      verdict: 'error',
      reason,
      teardown: { status: 'none' },
      outputs: {},
      durationMs: Math.max(0, now - (this.#begunAt ?? now)),
    };
    this.#record(ended);
    this.#options.onEvent?.(this.#run, ended);
  }

  #obey(events: readonly RecordedEvent[]): void {
    const request = events.find(({ type }) => type === 'RunCancelRequested');
    if (request !== undefined) this.#lease.cancel(String(request.data['by']));
  }

  /** Stops everything without another fact; the recorder refuses first, so nothing of the stopping is recorded. */
  #abandon(why: Error): void {
    this.#recorder.seal(why);
    this.#force.abort(why);
    this.#stop.abort(why);
  }

  async #giveBack(reason: string): Promise<void> {
    await this.#recorder.close();
    if (!this.#hasEnded) await this.#options.queue.release(this.#lease.run, reason);
  }
}

class HandedOver extends Error {}

const streamOf = ({ runId }: ClaimedRun): string => `run-${runId}`;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const whenAborted = (signal: AbortSignal, act: () => void): (() => void) => {
  if (signal.aborted) act();
  else signal.addEventListener('abort', act, { once: true });
  return () => signal.removeEventListener('abort', act);
};
