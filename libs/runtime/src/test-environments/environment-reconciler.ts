// Brings test environments and their clusters together. Any number of copies may run: a piece of work is given to one of them.
// N1. A fact is written before its effect is begun, and every effect may be repeated: a crash in between costs a round.
// N2. Names are checked before anything is made and again before anything is deleted.
// N3. A call to a provider ends before the work is given to somebody else.
// N4. A cluster that does not answer changes nothing but what people are told, until a deadline says otherwise.
import { type LiveEnvironment, type NamePolicy, nextTask } from '@testmesh/domain';
import type {
  Clock,
  EnvironmentTarget,
  EnvironmentWork,
  GitOpsProvider,
  Random,
  TestEnvironments,
} from '@testmesh/ports';
import { Loop, type OnFault } from '../loop.ts';
import { EnvironmentHints } from './environment-hints.ts';
import {
  afterChecking,
  afterFollowing,
  afterTearingDown,
  namesProblem,
  type Pace,
  type Seen,
  type Step,
} from './environment-steps.ts';

export interface EnvironmentReconcilerOptions {
  readonly environments: Pick<TestEnvironments, 'takeWork' | 'settle' | 'lookAgain'>;
  /** What deploys into a cluster by that name; `undefined` where nothing of that name is configured. */
  readonly provider: (name: string, cluster: string) => GitOpsProvider | undefined;
  readonly policy: (workspace: string, cluster: string) => NamePolicy;
  readonly clock: Clock;
  readonly random: Random;
  readonly onFault: OnFault;
  /** Told when something became of a piece of work. */
  readonly onSettled?: () => void;
  readonly pace?: Partial<Pace>;
  /** Pieces of work at once. */
  readonly slots?: number;
  /** A provider's call that takes longer is given up. */
  readonly callMs?: number;
}

const PACE: Pace = { followMs: 200, checkMs: 30_000, tearDownMs: 1000, silentMs: 120_000, hinderedMs: 300_000 };

/** Things that are due within so long of each other are taken together. */
const ALARM_MS = 50;
/** What is due later than this is found by a round. */
const SOON_MS = 2000;

type Live = EnvironmentWork & { readonly state: LiveEnvironment };

export class EnvironmentReconciler {
  readonly #options: EnvironmentReconcilerOptions;
  readonly #pace: Pace;
  readonly #callMs: number;
  readonly #loop: Loop;
  readonly #hints: EnvironmentHints;
  readonly #going = new Set<Promise<void>>();
  /** A round found no slot: the next one that is free begins another. */
  #isFull = false;
  /** Moments at which something is to be looked at again. */
  readonly #alarms = new Set<number>();
  readonly #stopping = new AbortController();
  /** Since when a provider of a cluster has not answered; the keeper's clock. */
  readonly #silentSince = new Map<string, number>();

  constructor(options: EnvironmentReconcilerOptions) {
    const { clock, random, onFault, slots = 20, callMs = 20_000 } = options;
    this.#options = options;
    this.#pace = { ...PACE, ...options.pace };
    this.#callMs = callMs;
    const rest = { leastRestMs: 150, mostRestMs: 150 };
    const round = () => this.#round(slots - this.#going.size);
    this.#loop = new Loop({ name: 'environment reconciler', clock, random, onFault, ...rest, round });
    this.#hints = new EnvironmentHints({ environments: options.environments, onFault, onWork: () => this.wake() });
  }

  start(): void {
    this.#loop.start();
  }

  /** There may be something to do at once. */
  wake(): void {
    this.#loop.wake();
  }

  /** Something changed in this namespace: what is there is looked at at once. */
  changed(cluster: string, namespace: string): void {
    this.#hints.changed({ cluster, namespace });
  }

  /** Calls off what is asked of providers; resolves when all of it has ended. */
  async stop(): Promise<void> {
    this.#stopping.abort('stopped');
    await this.#loop.stop();
    await Promise.all([...this.#going, this.#hints.stop()]);
  }

  async #round(free: number): Promise<boolean> {
    this.#isFull = free <= 0;
    if (this.#isFull) return false;
    const taken = await this.#options.environments.takeWork(free, this.#callMs * 2);
    for (const work of taken) {
      const going = this.#carryOut(work).finally(() => {
        this.#going.delete(going);
        if (this.#isFull) this.#loop.wake();
      });
      this.#going.add(going);
    }
    return taken.length === free;
  }

  async #carryOut(work: EnvironmentWork): Promise<void> {
    const { environments, onFault } = this.#options;
    try {
      const { requests, againInMs } = isLive(work) ? await this.#step(work) : { requests: [], againInMs: 0 };
      await environments.settle(work, requests, againInMs);
      if (requests.length > 0) this.#options.onSettled?.();
      if (requests.some(({ type }) => type === 'CompleteDestroy')) this.#hints.forget(work.state.spec);
      if (againInMs === 0) this.#loop.wake();
      else if (againInMs <= SOON_MS) this.#wakeIn(againInMs);
    } catch (error) {
      // The work is given out again when its time is over.
      onFault({ loop: `environment reconciler (${work.id})`, error });
    }
  }

  /** Rounds come by themselves, but not always when something is due. */
  #wakeIn(ms: number): void {
    const { clock } = this.#options;
    const at = Math.ceil((clock.monotonic() + ms) / ALARM_MS) * ALARM_MS;
    if (this.#alarms.has(at)) return;
    this.#alarms.add(at);
    const rings = (): void => {
      this.#alarms.delete(at);
      this.#loop.wake();
    };
    clock.sleep(at - clock.monotonic(), this.#stopping.signal).then(rings, () => undefined);
  }

  async #step(work: Live): Promise<Step> {
    const { state } = work;
    this.#hints.follow(state.spec);
    switch (nextTask(state)) {
      case 'nothing':
        return { requests: [], againInMs: 0 };
      case 'provision':
        return this.#provision(work);
      case 'follow':
        return this.#follow(work);
      case 'check':
        return afterChecking(await this.#look(work, 'observe'), this.#pace);
      case 'tear-down':
        return this.#tearDown(work);
    }
  }

  #provision(work: Live): Step {
    const problem = this.#problem(work);
    const start = { type: 'StartProvisioning' } as const;
    if (problem === undefined) return { requests: [start], againInMs: 0 };
    return { requests: [start, { type: 'FailProvisioning', error: problem }], againInMs: 0 };
  }

  async #follow(work: Live): Promise<Step> {
    const { state, now } = work;
    const problem = this.#problem(work);
    if (problem !== undefined) return { requests: [{ type: 'FailProvisioning', error: problem }], againInMs: 0 };
    const { readyWithinMinutes } = state.spec;
    const deadline = state.status === 'provisioning' ? state.deadline : now;
    const isLate = deadline <= now;
    const seen = await this.#look(work, isLate ? 'observe' : 'bring');
    const goesForMs = now - (deadline - readyWithinMinutes * 60_000);
    return afterFollowing(seen, { isLate, goesForMs, readyWithinMinutes }, this.#pace);
  }

  async #tearDown(work: Live): Promise<Step> {
    const { state, now } = work;
    const goesForMs = now - (state.destroying?.since ?? now);
    const provider = this.#provider(work);
    const problem = this.#problem(work);
    if (problem !== undefined || provider === undefined) {
      // Nothing was ever seen of it in the cluster, and nothing can have been made.
      if (state.resources.length === 0) return afterTearingDown({ outcome: 'gone' }, goesForMs, this.#pace);
      const message = `nothing was deleted: ${problem}`;
      return afterTearingDown({ outcome: 'unknown', message }, Number.POSITIVE_INFINITY, this.#pace);
    }
    try {
      const seen = await this.#called((signal) => provider.destroy(targetOf(work), signal));
      return afterTearingDown(seen, goesForMs, this.#pace);
    } catch (error) {
      return afterTearingDown({ outcome: 'unknown', message: this.#silence(work, error) }, goesForMs, this.#pace);
    }
  }

  async #look(work: Live, how: 'bring' | 'observe'): Promise<Seen> {
    const provider = this.#provider(work);
    if (provider === undefined)
      return { health: 'unknown', message: noProvider(work), forMs: Number.POSITIVE_INFINITY };
    try {
      const seen = await this.#called((signal) => provider[how](targetOf(work), signal));
      this.#silentSince.delete(placeOf(work));
      return seen;
    } catch (error) {
      const message = this.#silence(work, error);
      const since = this.#silentSince.get(placeOf(work)) ?? work.now;
      this.#silentSince.set(placeOf(work), since);
      return { health: 'unknown', message, forMs: work.now - since };
    }
  }

  /** N3. */
  async #called<Result>(call: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    const over = new AbortController();
    const late = this.#options.clock.sleep(this.#callMs, over.signal).then(
      () => {
        throw new Error(`no answer within ${this.#callMs} ms`);
      },
      () => new Promise<never>(() => undefined),
    );
    const calling = new AbortController();
    try {
      return await Promise.race([call(AbortSignal.any([calling.signal, this.#stopping.signal])), late]);
    } finally {
      calling.abort();
      over.abort();
    }
  }

  #silence(work: Live, error: unknown): string {
    this.#options.onFault({ loop: `environment reconciler (${work.id})`, error });
    return `the cluster "${work.state.spec.cluster}" could not be asked: ${textOf(error)}`;
  }

  #provider({ state }: Live): GitOpsProvider | undefined {
    return this.#options.provider(state.spec.provider, state.spec.cluster);
  }

  /** N2; why nothing may be made or deleted for this environment. */
  #problem(work: Live): string | undefined {
    if (this.#provider(work) === undefined) return noProvider(work);
    return namesProblem(work.state, this.#options.policy(work.workspace, work.state.spec.cluster));
  }
}

const isLive = (work: EnvironmentWork): work is Live => work.state.status !== 'destroyed';

const targetOf = ({ id, workspace, state: { spec, resources } }: Live): EnvironmentTarget => ({
  ...{ id, workspace, spec, resources },
});

const placeOf = ({ state: { spec } }: Live): string => `${spec.cluster}/${spec.provider}`;

const noProvider = ({ state: { spec } }: Live): string =>
  `no provider "${spec.provider}" is configured for the cluster "${spec.cluster}"`;

const textOf = (error: unknown): string => {
  const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return `${error instanceof Error ? error.message : String(error)}${cause}`;
};
