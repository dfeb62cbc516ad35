// A run's way into a test environment, its hold on it, and its way out.
// H1. What it holds is extended by a heartbeat, a third of the lease after the one before, until the run has ended or is given up.
// H2. An environment that is taken away, gone from its cluster, or not surely the run's any more is lost: the run is told once.
// H3. It is given back only when the run's end is on record. An executor that dies, or hands the run over, leaves the lease to run
//     out or to be taken up by the run's next owner.
import { randomUUID } from 'node:crypto';
import { testEnvironmentSpec, type WantedTestEnvironment, wantedTestEnvironment } from '@testmesh/contracts';
import type { StepError, TestEnvironmentSpec, ValueMap } from '@testmesh/domain';
import type { EnterEnvironment, EnteredEnvironment, Entering, EnvironmentWish } from '@testmesh/engine';
import type { AcquireOutcome, Clock, EnvironmentLease, TestEnvironments, Wakeups } from '@testmesh/ports';
import type { OnFault } from '../loop.ts';
import { canBeResumed, goneText, lossText, refusalOf } from './run-environment-texts.ts';

/** Hints that an environment changed, or that there is work to do about one. */
export const ENVIRONMENTS_TOPIC = 'environments';

export interface RunEnvironmentsOptions {
  readonly environments: Pick<TestEnvironments, 'acquire' | 'leave' | 'extend' | 'release' | 'find' | 'list'>;
  readonly clock: Clock;
  readonly leaseMs: number;
  readonly wakeups?: Wakeups;
  readonly onFault: OnFault;
}

/** What one run has of test environments while it is in this process's hands. */
export interface RunEnvironment {
  readonly enter: EnterEnvironment;
  /** The run's end is on record. */
  readonly release: (reason: string) => Promise<void>;
  /** Somebody else goes on with the run, or nobody does: nothing is extended any more. */
  readonly abandon: () => void;
}

export type RunEnvironments = (run: { readonly runId: string; readonly workspace: string }) => RunEnvironment;

export const runEnvironments =
  (options: RunEnvironmentsOptions): RunEnvironments =>
  (run) =>
    new OfOneRun(options, run);

type Acquired = Extract<AcquireOutcome, { readonly outcome: 'acquired' }>;
type Waiting = Extract<AcquireOutcome, { readonly outcome: 'waiting' }>;

/** A run that waits is asked for again at least this often, sooner when it is woken. */
const POLL_MS = 150;
const WAIT_MS = 10_000;

class OfOneRun implements RunEnvironment {
  readonly #options: RunEnvironmentsOptions;
  readonly #run: Parameters<RunEnvironments>[0];
  readonly #stop = new AbortController();
  readonly #lost = new AbortController();
  #held: EnvironmentLease | undefined;

  constructor(options: RunEnvironmentsOptions, run: Parameters<RunEnvironments>[0]) {
    this.#options = options;
    this.#run = run;
  }

  readonly enter = async (wish: EnvironmentWish): Promise<Entering> => {
    const read = wantedTestEnvironment.safeParse(wish.wanted);
    if (!read.success) return refused(unusable(read.error.issues));
    wish.signal.throwIfAborted();
    const gone = wish.had && (await this.#gone(wish.had));
    if (gone !== undefined) return { outcome: 'gone', message: gone };
    try {
      return await this.#wait(read.data, wish);
    } finally {
      if (this.#held === undefined) await this.#options.environments.leave(this.#run.runId);
    }
  };

  readonly release = async (reason: string): Promise<void> => {
    this.#stop.abort('released');
    const held = this.#held;
    if (held === undefined) return;
    try {
      await this.#options.environments.release(held, reason);
      this.#wake();
    } catch (error) {
      // Its lease runs out by itself.
      this.#options.onFault({ loop: `release of the environment ${held.id}`, error });
    }
  };

  readonly abandon = (): void => this.#stop.abort('abandoned');

  /** E131 of the engine: why what an earlier owner left cannot be gone on with. */
  async #gone(had: NonNullable<EnvironmentWish['had']>): Promise<string | undefined> {
    const environment = await this.#options.environments.find(had.id);
    return canBeResumed(environment?.state, this.#run.runId, had.epoch) ? undefined : goneText(environment?.state);
  }

  async #wait(wanted: WantedTestEnvironment, wish: EnvironmentWish): Promise<Entering> {
    const { clock } = this.#options;
    const since = clock.monotonic();
    const untilMs = since + wanted.wait_minutes * 60_000;
    let told = '';
    for (let tries = 0; ; tries += 1) {
      const askedAt = clock.monotonic();
      const newId = randomUUID();
      const waiting = await this.#ask(wanted, newId);
      if (waiting.outcome === 'acquired') return this.#entered(waiting, { wish, askedAt, since, reused: tries === 0 });
      if (waiting.outcome !== 'waiting') return refused(refusalOf(waiting, wanted));
      // What it waits for may be new, to be tried again, or on its way out by this very question.
      if (tries === 0 || waiting.id === newId) this.#wake();
      const { id: environment, status } = waiting;
      if (told !== `${environment} ${status}`) wish.onWait({ context: wanted.context, environment, status });
      told = `${environment} ${status}`;
      if (askedAt >= untilMs) return refused(refusalOf({ ...waiting, outcome: 'late' }, wanted));
      await this.#rest(wish.signal);
    }
  }

  /** Where the names are taken by an environment of this very context that is about to go, its going is waited for. */
  async #ask(wanted: WantedTestEnvironment, id: string): Promise<AcquireOutcome> {
    const outcome = await this.#acquire(wanted, id);
    if (outcome.outcome !== 'refused') return outcome;
    // It may have gone between the two questions.
    return (await this.#going(wanted.context)) ?? this.#acquire(wanted, id);
  }

  async #going(context: string): Promise<Waiting | undefined> {
    const query = { workspace: this.#run.workspace, context, limit: 20, offset: 0 };
    const { items } = await this.#options.environments.list(query);
    for (const { id, state } of items) {
      if (state.status !== 'destroyed' && state.destroying !== undefined)
        return { outcome: 'waiting', id, status: state.status };
    }
    return undefined;
  }

  #acquire(wanted: WantedTestEnvironment, id: string): Promise<AcquireOutcome> {
    const { environments, leaseMs } = this.#options;
    const { context, namespace, name = context, on_busy: onBusy } = wanted;
    const spec = namespace === undefined ? undefined : testEnvironmentSpec({ ...wanted, name, namespace });
    return environments.acquire({
      run: this.#run.runId,
      workspace: this.#run.workspace,
      ...{ context, onBusy, leaseMs, waitMs: WAIT_MS },
      environment: { id, ...(spec && { spec }) },
    });
  }

  #entered(
    { id, epoch, spec, resources }: Acquired,
    { wish, askedAt, since, reused }: { wish: EnvironmentWish; askedAt: number; since: number; reused: boolean },
  ): Entering {
    const { clock } = this.#options;
    const held: EnvironmentLease = { id, run: this.#run.runId, epoch };
    if (this.#held?.id !== id || this.#held.epoch !== epoch) {
      this.#held = held;
      void this.#keep(held, askedAt);
    }
    if (wish.had !== undefined && (wish.had.id !== id || epoch > wish.had.epoch + 1))
      return { outcome: 'gone', message: goneText(undefined) };
    const environment: EnteredEnvironment = {
      ...{ id, name: spec.name, context: spec.context, namespace: spec.namespace, epoch, reused },
      waitedMs: Math.round(clock.monotonic() - since),
      deployed: deployedIn(spec, routesOf(resources)),
      routes: { ...routesOf(resources), ...spec.routingPolicy },
      headers: spec.routingHeaders ?? {},
      lost: this.#lost.signal,
    };
    return { outcome: 'entered', environment };
  }

  /** H1, H2. */
  async #keep(held: EnvironmentLease, since: number): Promise<void> {
    const { environments, clock, leaseMs, onFault } = this.#options;
    const { signal } = this.#stop;
    let confirmedAt = since;
    while (!signal.aborted && this.#held === held) {
      await clock.sleep(leaseMs / 3, signal).catch(() => undefined);
      if (signal.aborted) return;
      const askedAt = clock.monotonic();
      try {
        const isHeld = await environments.extend(held, leaseMs);
        const loss = lossText(isHeld, (await environments.find(held.id))?.state);
        if (isHeld) confirmedAt = askedAt;
        if (loss !== undefined) return this.#lose(loss);
      } catch (error) {
        onFault({ loop: `heartbeat of the environment ${held.id}`, error });
      }
      if (clock.monotonic() - confirmedAt > leaseMs) return this.#lose('its hold on it could not be extended in time');
    }
  }

  #lose(why: string): void {
    if (!this.#stop.signal.aborted) this.#lost.abort(`the test environment was lost under the run: ${why}`);
  }

  #wake(): void {
    this.#options.wakeups?.wake(ENVIRONMENTS_TOPIC);
  }

  async #rest(signal: AbortSignal): Promise<void> {
    const { clock, wakeups } = this.#options;
    const woken = new AbortController();
    const unfollow = wakeups?.onWake(ENVIRONMENTS_TOPIC, () => woken.abort('woken'));
    await clock.sleep(POLL_MS, AbortSignal.any([woken.signal, signal])).catch(() => undefined);
    unfollow?.();
    signal.throwIfAborted();
  }
}

/** What only its provider knows: where a service of the namespace is reached. */
const routesOf = (resources: Acquired['resources']): Readonly<Record<string, string>> =>
  Object.fromEntries(resources.flatMap(({ name, url }) => (url === undefined ? [] : [[name, url]])));

/** What its request calls deployed, what its provider found, and what its policy finds in its namespace. */
const deployedIn = (
  { services, routingPolicy, namespace }: TestEnvironmentSpec,
  found: Readonly<Record<string, string>>,
): readonly string[] => {
  const isInside = ([name, url]: [string, string]): boolean =>
    url === found[name] || URL.parse(url)?.hostname.split('.')[1] === namespace;
  const reached = Object.entries({ ...found, ...routingPolicy }).filter(isInside);
  return [...services.map(({ name }) => name), ...reached.map(([name]) => name)];
};

const refused = (error: StepError): Entering => ({ outcome: 'refused', error });

const unusable = (
  issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[],
): StepError => {
  const said = issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`));
  return { code: 'TM5096', message: `\`test_environment\` cannot be used: ${said.join('; ')}` };
};

/** What the request of a run holds of it, as the engine takes it. */
export const askedOf = (asked: Readonly<Record<string, unknown>> | undefined): ValueMap | undefined =>
  asked === undefined
    ? undefined
    : (Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined)) as ValueMap);
