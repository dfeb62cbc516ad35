// A platform of several processes in one thread, on virtual time, that goes wrong as its seed says and then heals.
// Z1. Equal seeds give equal traces.
// Z2. After everything has healed every run ends within LIVENESS_MS, and `violations` finds nothing.
import type { Flow } from '@testmesh/flow';
import type { OnFault } from '@testmesh/runtime';
import { seededRandom } from '@testmesh/runtime';
import type { Death } from '../checkers/index.ts';
import { flow, stepOf } from '../flow-parts.ts';
import { violations } from './checks.ts';
import { Faults, SimFault } from './faults.ts';
import { SimPlatform, type Stores } from './platform.ts';
import { queued, type RoleParts, type Running, startExecutor, startProjector, startScheduler } from './roles.ts';
import { databaseClock, SimProcess } from './sim-process.ts';
import { VirtualTime } from './virtual-time.ts';

/** How long things go wrong, and how long a healed platform may take to end its runs. */
const FAULTY_MS = 15_000;
const LIVENESS_MS = 120_000;
const SLOTS_UNTIL = Date.UTC(2030, 0, 1) + 10_000;

/** Every so many seeds two workspaces ask for runs at the same moment, more than there are slots. */
const CONTEST_EVERY = 8;
const RIVALS = ['left', 'right'];
const RUNS_PER_RIVAL = 12;
/** After healing, until no process is paused with runs in its hands: whoever has slots is not given more of them. */
const QUIET_MS = 10_000;

export interface SimOutcome {
  readonly seed: number;
  readonly trace: string;
  /** Virtual milliseconds. */
  readonly took: number;
  readonly events: number;
  readonly violations: readonly string[];
}

export interface SimOptions {
  /** Puts stores in place that break a rule, to see that it is noticed. */
  readonly broken?: (stores: Stores) => Stores;
}

/** Runs one seed to its end. */
export const simulate = (seed: number, options: SimOptions = {}): Promise<SimOutcome> =>
  new SimWorld(seed, options).run();

const action = (id: string, config = {}) => stepOf.action(id, { config: { n: 1, ...config }, assert: ['n == 1'] });

const FLOWS: readonly Flow[] = [
  flow({
    steps: [
      action('first'),
      stepOf.action('once', { config: { n: 1 }, assert: ['n == 1'], effect: 'once' }),
      action('third'),
    ],
    teardown: [action('clean')],
  }),
  flow({ steps: [action('a'), action('b'), action('c')] }),
  flow({ steps: [action('open', { open: true }), action('use')], restartable: true }),
];

const rivalRuns = RIVALS.flatMap((workspace) =>
  Array.from({ length: RUNS_PER_RIVAL }, (_, at) => queued(`${workspace}${at}`, 'client', workspace)),
);

/** Microseconds of the database's clock, so many milliseconds after the beginning. */
const databaseTimeUs = (ms: number): number => (databaseClock(new VirtualTime()).now() + ms) * 1000;

class SimWorld {
  readonly #seed: number;
  readonly #time = new VirtualTime();
  readonly #faults: Faults;
  readonly #platform: SimPlatform;
  readonly #acknowledged = new Set<string>();
  readonly #cancelled = new Set<string>();
  readonly #runIds: readonly string[];
  readonly #broke: string[] = [];
  readonly #deaths: Death[] = [];
  #isHealed = false;

  constructor(seed: number, { broken = (stores) => stores }: SimOptions) {
    this.#seed = seed;
    this.#faults = new Faults(seededRandom(`simulation ${seed}`));
    this.#platform = new SimPlatform(this.#time, this.#faults, broken);
    const count = 2 + Math.floor(this.#faults.between(0, 4));
    this.#runIds = Array.from({ length: count }, (_, at) => `0${at}`);
  }

  async run(): Promise<SimOutcome> {
    this.#start();
    await this.#time.until(() => false, FAULTY_MS);
    this.#heal();
    const limit = FAULTY_MS + LIVENESS_MS;
    const isLive = await this.#time.until(() => this.#isDone(), limit);
    const history = {
      platform: this.#platform,
      acknowledged: this.#acknowledged,
      cancelled: this.#cancelled,
      slotsUntil: SLOTS_UNTIL,
      deaths: this.#deaths,
      blackouts: [{ from: 0, to: databaseTimeUs(FAULTY_MS) }],
      rivals: this.#hasContest ? RIVALS : [],
    };
    return {
      seed: this.#seed,
      trace: this.#time.trace(),
      took: this.#time.now,
      events: this.#platform.journal.accepted().length,
      violations: [
        ...(isLive ? [] : [`liveness: not everything had ended ${LIVENESS_MS / 1000} s after it healed`]),
        ...violations(history),
        ...this.#broke,
      ],
    };
  }

  #start(): void {
    const faults = this.#faults;
    const executors = 2 + Math.floor(faults.between(0, 2));
    for (let at = 1; at <= executors; at++) this.#keepAlive(`executor-${at}`, startExecutor);
    for (const at of [1, 2]) {
      this.#keepAlive(`scheduler-${at}`, (parts) => startScheduler(parts, SLOTS_UNTIL));
      this.#keepAlive(`projector-${at}`, startProjector);
    }
    for (const runId of this.#runIds) {
      this.#time.after(faults.between(0, 8000), `client ${runId}`, () => void this.#request(runId));
      if (faults.between(0, 1) < 0.2) {
        this.#cancelled.add(runId);
        this.#time.after(faults.between(100, 10_000), `client cancels ${runId}`, () => this.#cancel(runId));
      }
    }
  }

  /** Starts a process, and another in its place each time it ends. */
  #keepAlive(name: string, start: (parts: RoleParts) => Running, incarnation = 1): void {
    const faults = this.#faults;
    const again = (): void => {
      this.#deaths.push({ executor: `${name}.${incarnation}`, at: databaseTimeUs(this.#time.now) });
      const ms = faults.between(10, 3000);
      this.#time.after(ms, `${name} restarts`, () => this.#keepAlive(name, start, incarnation + 1));
    };
    const process = new SimProcess(`${name}.${incarnation}`, this.#time, faults, again);
    const running = start({
      process,
      platform: this.#platform,
      onFault: this.#onFault,
      flowOf: (runId) => this.#flowOf(runId),
    });
    if (running.drain === undefined || !faults.hits('drain')) return;
    const stop = (): void => {
      if (this.#isHealed || !process.isAlive) return;
      void running.drain?.(faults.between(0, 2000)).then(() => process.end());
    };
    this.#time.after(faults.between(500, FAULTY_MS), `${name} is told to stop`, stop);
  }

  #flowOf(runId: string): Flow {
    const at = this.#runIds.indexOf(runId);
    return FLOWS[(at < 0 ? 1 : at) % FLOWS.length] as Flow;
  }

  /** A client asks until it is told that the run is queued. */
  async #request(runId: string): Promise<void> {
    const client = new SimProcess('client', this.#time, this.#faults, () => undefined);
    const { queue } = this.#platform.storesOf(client);
    for (;;) {
      try {
        await queue.request([queued(runId, 'client')]);
        this.#acknowledged.add(runId);
        this.#platform.wakeupsOf(client).wake('queue.default');
        return;
      } catch (error) {
        if (!(error instanceof SimFault)) throw error;
      }
    }
  }

  #cancel(runId: string): void {
    this.#platform.queue.cancel(runId, 'ann').catch((error: unknown) => this.#onFault({ loop: 'cancel', error }));
  }

  /** A fault that nobody injected is ours. */
  readonly #onFault: OnFault = ({ loop, error }) => {
    if (!(error instanceof SimFault)) this.#broke.push(`fault in ${loop}: ${String(error)}`);
  };

  #heal(): void {
    this.#isHealed = true;
    this.#faults.heal();
    // Somebody looks at parked runs and lets them go on, and asks again what no answer came to.
    const look = (): void => {
      for (const { runId, state } of this.#platform.queue.rows()) {
        if (state.status === 'parked') void this.#platform.queue.unpark(runId, 'ann');
      }
      this.#time.after(1000, 'somebody looks', look);
    };
    look();
    for (const runId of this.#runIds) if (!this.#acknowledged.has(runId)) void this.#request(runId);
    const compete = (): void => void this.#platform.queue.request(rivalRuns);
    if (this.#hasContest) this.#time.after(QUIET_MS, 'two workspaces compete', compete);
  }

  get #hasContest(): boolean {
    return this.#seed % CONTEST_EVERY === 0;
  }

  #isDone(): boolean {
    const { journal, queue, views, published } = this.#platform;
    const accepted = journal.accepted();
    return (
      this.#runIds.every((runId) => this.#acknowledged.has(runId)) &&
      this.#time.now > FAULTY_MS + (this.#hasContest ? QUIET_MS : 3000) &&
      queue.rows().length === 0 &&
      accepted.every(({ id }) => published.has(id)) &&
      accepted.every(({ stream, ver }) => (views.view('runs.v1', stream)?.ver ?? 0) >= ver)
    );
  }
}
