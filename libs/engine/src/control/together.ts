import { type Scope, under } from '../deadline.ts';
import { branchFailed } from '../interruption.ts';
import { firstFailed, stoppedBy } from '../past/interrupted.ts';
import type { Failure, Run } from '../run.ts';
import type { Attempt } from '../step/work.ts';

/** One of the lists of steps that a step runs beside each other. */
interface Job {
  /** Stands before the ids of its steps. */
  readonly prefix: string;
  readonly run: () => Promise<void>;
}

/** What lists of steps that run beside each other share: what stops them, and which failed first. */
export class Together {
  readonly signal: AbortSignal;
  readonly #run: Run;
  readonly #scope: Scope;
  /** The failure that came first under an earlier owner. */
  readonly #earlier: string | undefined;
  #first: Failure | undefined;

  constructor({ frame: { run }, path, signal }: Attempt) {
    this.#run = run;
    this.#scope = under(signal, run.ports.clock);
    this.signal = this.#scope.signal;
    this.#earlier = firstFailed(run, path);
    const cause = stoppedBy(run, path);
    if (cause !== undefined) this.#scope.abort(branchFailed(cause));
  }

  /** The failure that came first. */
  get first(): Failure | undefined {
    return this.#first;
  }

  failed(failure: Failure, { stopOthers }: { readonly stopOthers: boolean }): void {
    if (!this.#first || failure.path === this.#earlier) this.#first = failure;
    if (stopOthers) this.#scope.abort(branchFailed(this.#first.path));
  }

  /** Runs jobs in order, at most `limit` at a time, until they are stopped; resolves when those begun have ended. */
  async all(jobs: readonly Job[], limit: number): Promise<void> {
    const waiting = jobs.values();
    const worker = async (): Promise<void> => {
      for (const job of waiting) if (this.#mayRun(job)) await job.run();
    };
    await Promise.all(Array.from({ length: Math.min(limit, jobs.length) }, worker));
    this.#scope.dispose();
  }

  // What was begun before everything was stopped is remembered, and ends as it must.
  #mayRun({ prefix }: Job): boolean {
    return !this.signal.aborted || this.#run.past.tree.hasUnder(prefix);
  }
}
