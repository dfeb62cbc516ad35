import type { Value, ValueMap } from '@testmesh/domain';
import type {
  AcquireOutcome,
  AcquireRequest,
  EnvironmentLease,
  StoredTestEnvironment,
  TestEnvironmentQuery,
  TestEnvironments,
} from '@testmesh/ports';
import type { RemoteRuns } from './remote-runs.ts';
import { Refused } from './transport.ts';

/** For so long the server may look whether what is waited for stands otherwise. */
const LOOK_MS = 2000;
const REMEMBERED = 2000;

type Asked = 'acquire' | 'leave' | 'extend' | 'release' | 'find' | 'list';

/** Test environments of runs that this process holds; the server keeps them, and says what the runs' workspace is. */
export class RemoteEnvironments implements Pick<TestEnvironments, Asked> {
  readonly #runs: Pick<RemoteRuns, 'ask' | 'epochOf'>;
  /** What runs were told last that they wait for. */
  readonly #awaited = new Map<string, ValueMap>();

  constructor(runs: Pick<RemoteRuns, 'ask' | 'epochOf'>) {
    this.#runs = runs;
  }

  readonly acquire = async (request: AcquireRequest): Promise<AcquireOutcome> => {
    const { run, context, onBusy, environment, leaseMs, waitMs } = request;
    const awaited = this.#awaited.get(run);
    const body = {
      epoch: this.#runs.epochOf(run),
      ...{ context, on_busy: onBusy, lease_ms: leaseMs, keep_place_ms: waitMs },
      environment: environment as unknown as ValueMap,
      ...(awaited && { awaited, wait_ms: LOOK_MS }),
    };
    const path = environmentPath(run);
    const answer = await this.#runs.ask({ method: 'POST', path, body, waitMs: awaited === undefined ? 0 : LOOK_MS });
    const outcome = answer as unknown as AcquireOutcome;
    if (outcome.outcome === 'waiting') this.#remember(run, { id: outcome.id, status: outcome.status });
    else this.#awaited.delete(run);
    return outcome;
  };

  readonly leave = async (run: string): Promise<void> => {
    this.#awaited.delete(run);
    try {
      await this.#runs.ask({ method: 'DELETE', path: `${environmentPath(run)}?epoch=${this.#runs.epochOf(run)}` });
    } catch (error) {
      // The run is not ours any more: whoever has it asks for itself, and a place that nobody asks for runs out.
      if (!(error instanceof Refused)) throw error;
    }
  };

  readonly extend = async (lease: EnvironmentLease, leaseMs: number): Promise<boolean> => {
    const body = { ...this.#held(lease), lease_ms: leaseMs };
    try {
      const path = `${environmentPath(lease.run)}/lease`;
      return (await this.#runs.ask({ method: 'POST', path, body }))['held'] === true;
    } catch (error) {
      if (error instanceof Refused) return false;
      throw error;
    }
  };

  readonly release = async (lease: EnvironmentLease, reason: string): Promise<boolean> => {
    const body = { ...this.#held(lease), reason };
    const path = `${environmentPath(lease.run)}/release`;
    return (await this.#runs.ask({ method: 'POST', path, body }))['released'] === true;
  };

  readonly find = async (id: string): Promise<StoredTestEnvironment | undefined> => {
    try {
      const path = `/api/v1/agent/environments/${encodeURIComponent(id)}`;
      return stored(await this.#runs.ask({ method: 'GET', path }));
    } catch (error) {
      if (error instanceof Refused && error.status === 404) return undefined;
      throw error;
    }
  };

  readonly list = async ({ context, withDestroyed = false, limit, offset }: TestEnvironmentQuery) => {
    const query = new URLSearchParams({ limit: String(limit), offset: String(offset) });
    if (context !== undefined) query.set('context', context);
    if (withDestroyed) query.set('include_destroyed', 'true');
    const answer = await this.#runs.ask({ method: 'GET', path: `/api/v1/agent/environments?${query}` });
    return { items: (answer['environments'] as readonly Value[]).map(stored), total: Number(answer['total']) };
  };

  #held({ id, run, epoch }: EnvironmentLease) {
    return { epoch: this.#runs.epochOf(run), environment: id, environment_epoch: epoch };
  }

  #remember(run: string, waiting: ValueMap): void {
    this.#awaited.set(run, waiting);
    const [oldest] = this.#awaited.keys();
    if (this.#awaited.size > REMEMBERED && oldest !== undefined) this.#awaited.delete(oldest);
  }
}

const environmentPath = (run: string): string => `/api/v1/agent/runs/${encodeURIComponent(run)}/environment`;

const stored = (environment: Value): StoredTestEnvironment => environment as unknown as StoredTestEnvironment;
