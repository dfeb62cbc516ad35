// The keeper of test environments without a database, over the memory journal. Every call decides and appends without a pause.
import {
  awaitedAttempt,
  type Candidate,
  type Choice,
  chooseEnvironment,
  endedByItself,
  isOver,
  type LiveEnvironment,
  leaseEnded,
  nextTask,
  type TestEnvironmentCommand,
  type TestEnvironmentRefusal,
  type TestEnvironmentSpec,
  type TestEnvironmentState,
  testEnvironmentDecider,
} from '@testmesh/domain';
import type {
  AcquireOutcome,
  AcquireRequest,
  Commanded,
  EnvironmentLease,
  EnvironmentRequest,
  EnvironmentWork,
  NameTaken,
  NewTestEnvironment,
  Registration,
  StoredTestEnvironment,
  TestEnvironmentQuery,
  TestEnvironments,
} from '@testmesh/ports';
import { MemoryEnvironmentFacts } from './memory-environment-facts.ts';
import type { MemoryJournal } from './memory-journal.ts';

interface Row {
  readonly id: string;
  readonly workspace: string;
  state: TestEnvironmentState;
  ver: number;
  leaseUntil: number;
  /** When to look at it next. */
  due: number;
  /** Until when somebody is looking at it. */
  takenUntil: number;
  token: number;
}

interface Wait {
  readonly run: string;
  readonly id: string;
  readonly attempt: number;
  until: number;
}

export const memoryTestEnvironments = (
  journal: MemoryJournal,
  clock: { readonly now: () => number },
): TestEnvironments => new InMemory(journal, clock);

class InMemory implements TestEnvironments {
  readonly #facts: MemoryEnvironmentFacts;
  readonly #clock: { readonly now: () => number };
  readonly #rows = new Map<string, Row>();
  #waits: Wait[] = [];

  constructor(journal: MemoryJournal, clock: { readonly now: () => number }) {
    this.#facts = new MemoryEnvironmentFacts(journal);
    this.#clock = clock;
  }

  async register({ id, workspace, spec, by }: NewTestEnvironment): Promise<Registration> {
    if (this.#rows.has(id)) return { ok: false, refusal: 'TestEnvironmentAlreadyRegistered' };
    const taken = this.#takenName(spec);
    if (taken !== undefined) return { ok: false, refusal: taken };
    const row: Row = {
      id,
      workspace,
      state: { status: 'absent' },
      ver: 0,
      leaseUntil: 0,
      due: 0,
      takenUntil: 0,
      token: 0,
    };
    this.#rows.set(id, row);
    this.#decide(row, { type: 'RegisterTestEnvironment', spec, by, now: this.#now() });
    return { ok: true, environment: stored(row) };
  }

  async request(id: string, request: EnvironmentRequest): Promise<Commanded> {
    const row = this.#rows.get(id);
    if (row === undefined) return { ok: false, refusal: 'TestEnvironmentNotFound' };
    const refusal = this.#decide(row, this.#stamped(request));
    return refusal === undefined ? { ok: true, environment: stored(row) } : { ok: false, refusal };
  }

  async find(id: string): Promise<StoredTestEnvironment | undefined> {
    const row = this.#rows.get(id);
    return row && stored(row);
  }

  async list({ workspace, context, withDestroyed, limit, offset }: TestEnvironmentQuery) {
    const found = [...this.#rows.values()]
      .map(stored)
      .filter(
        (one) =>
          one.workspace === workspace &&
          (context === undefined || one.state.spec.context === context) &&
          (withDestroyed === true || one.state.status !== 'destroyed'),
      )
      .toReversed();
    return { items: found.slice(offset, offset + limit), total: found.length };
  }

  async acquire(request: AcquireRequest): Promise<AcquireOutcome> {
    const { run, onBusy, workspace, context } = request;
    const now = this.#now();
    for (const { id, state } of this.#candidates(workspace, context, now)) {
      if (isOver(state, now)) this.#must(this.#rows.get(id) as Row, { type: 'ExpireTestEnvironment', now });
    }
    const choice = chooseEnvironment({ run, onBusy, now }, this.#candidates(workspace, context, now));
    return choice.choice === 'register' ? this.#register(request) : this.#carryOut(choice, request);
  }

  async #register(request: AcquireRequest): Promise<AcquireOutcome> {
    const { run, workspace, environment } = request;
    const { id, spec = this.#lastSpec(request) } = environment;
    if (spec === undefined) return { outcome: 'none' };
    const registered = await this.register({ id, spec, workspace, by: `run ${run}` });
    if (registered.ok) return this.#wait(id, request);
    const { refusal } = registered;
    if (refusal === 'TestEnvironmentAlreadyRegistered') throw new Error(`${id} was used before`);
    const name = refusal === 'NamespaceTaken' ? spec.namespace : (spec.applicationName ?? '');
    return { outcome: 'refused', refusal, name };
  }

  #lastSpec({ workspace, context }: AcquireRequest): TestEnvironmentSpec | undefined {
    const last = [...this.#rows.values()]
      .map(stored)
      .findLast((one) => one.workspace === workspace && one.state.spec.context === context);
    return last !== undefined && endedByItself(last.state) ? last.state.spec : undefined;
  }

  async leave(run: string): Promise<void> {
    this.#waits = this.#waits.filter((wait) => wait.run !== run);
  }

  async extend({ id, run, epoch }: EnvironmentLease, leaseMs: number): Promise<boolean> {
    const row = this.#rows.get(id);
    if (row?.state.status !== 'running' || row.state.run !== run || row.state.epoch !== epoch) return false;
    row.leaseUntil = this.#now() + leaseMs;
    return true;
  }

  async release({ id, run, epoch }: EnvironmentLease, reason: string): Promise<boolean> {
    return (await this.request(id, { type: 'ReleaseTestEnvironment', run, epoch, reason })).ok;
  }

  async reap(limit: number): Promise<readonly string[]> {
    const now = this.#now();
    const due = [...this.#rows.values()].filter(
      ({ state, leaseUntil }) => state.status === 'running' && leaseUntil < now,
    );
    return due.slice(0, limit).map((row) => {
      const { run, epoch } = row.state as Extract<TestEnvironmentState, { readonly status: 'running' }>;
      this.#decide(row, { type: 'ReleaseTestEnvironment', run, epoch, reason: leaseEnded, now });
      return row.id;
    });
  }

  async sweep(limit: number): Promise<readonly string[]> {
    const now = this.#now();
    const swept: string[] = [];
    for (const row of this.#rows.values()) {
      if (swept.length === limit) break;
      if (this.#decide(row, { type: 'ExpireTestEnvironment', now }) === undefined) swept.push(row.id);
    }
    return swept;
  }

  async forget(olderThanMs: number, limit: number): Promise<number> {
    const before = this.#now() - olderThanMs;
    const old = [...this.#rows.values()].filter(
      ({ state }) => state.status === 'destroyed' && state.destroyedAt < before,
    );
    for (const { id } of old.slice(0, limit)) this.#rows.delete(id);
    return Math.min(old.length, limit);
  }

  async takeWork(limit: number, forMs: number): Promise<readonly EnvironmentWork[]> {
    const now = this.#now();
    const due = [...this.#rows.values()].filter(
      ({ state, due: at, takenUntil }) => nextTask(state) !== 'nothing' && at <= now && takenUntil < now,
    );
    due.sort((a, b) => a.due - b.due);
    return due.slice(0, limit).map((row) => {
      row.token += 1;
      row.takenUntil = now + forMs;
      return { ...stored(row), token: row.token, ver: row.ver, now, due: row.due };
    });
  }

  async lookAgain(cluster: string, namespace: string): Promise<boolean> {
    const now = this.#now();
    const row = [...this.#rows.values()].find(({ state }) => {
      if (nextTask(state) === 'nothing' || state.status === 'absent') return false;
      return state.spec.cluster === cluster && state.spec.namespace === namespace;
    });
    if (row === undefined || (row.due <= now && row.takenUntil < now)) return false;
    row.due = row.due > now ? now : Math.max(now, row.due + 1);
    return true;
  }

  async settle(work: EnvironmentWork, requests: readonly EnvironmentRequest[], againInMs: number): Promise<boolean> {
    const row = this.#rows.get(work.id);
    if (row === undefined || row.token !== work.token) return false;
    const wasChanged = row.ver !== work.ver || row.due !== work.due;
    for (const request of requests) this.#decide(row, this.#stamped(request));
    row.takenUntil = 0;
    row.due = this.#now() + (wasChanged ? 0 : againInMs);
    return true;
  }

  #now(): number {
    return Math.floor(this.#clock.now());
  }

  #stamped(request: EnvironmentRequest): TestEnvironmentCommand {
    return { ...request, now: this.#now() } as TestEnvironmentCommand;
  }

  #takenName({ cluster, namespace, provider, applicationName }: NewTestEnvironment['spec']): NameTaken | undefined {
    const others = [...this.#rows.values()].map(stored).filter(({ state }) => state.status !== 'destroyed');
    const specs = others.map(({ state }) => state.spec).filter((spec) => spec.cluster === cluster);
    if (specs.some((spec) => spec.namespace === namespace)) return 'NamespaceTaken';
    const hasApplication = specs.some(
      (spec) => applicationName !== undefined && spec.provider === provider && spec.applicationName === applicationName,
    );
    return hasApplication ? 'ApplicationTaken' : undefined;
  }

  #candidates(workspace: string, context: string, now: number): readonly Candidate[] {
    this.#waits = this.#waits.filter(({ until }) => until >= now);
    return [...this.#rows.values()].flatMap((row) => {
      const { state } = row;
      if (row.workspace !== workspace || state.status === 'absent' || state.status === 'destroyed') return [];
      if (state.spec.context !== context) return [];
      return [{ id: row.id, state, waiting: this.#waits.filter(({ id }) => id === row.id) }];
    });
  }

  #carryOut(choice: Exclude<Choice, { readonly choice: 'register' }>, request: AcquireRequest): AcquireOutcome {
    const { run, leaseMs } = request;
    const row = this.#rows.get(choice.id) as Row;
    switch (choice.choice) {
      case 'acquire':
        this.#must(row, { type: 'AcquireTestEnvironment', run, now: this.#now() });
        return this.#held(row, run, leaseMs);
      case 'held':
        return this.#held(row, run, leaseMs);
      case 'retry':
        this.#must(row, { type: 'StartProvisioning', now: this.#now() });
        return this.#wait(row.id, request);
      case 'wait':
        return this.#wait(row.id, request);
      case 'failed':
        this.#waits = this.#waits.filter((wait) => wait.run !== run);
        return { outcome: 'failed', id: row.id, error: choice.error };
      case 'busy':
        return { outcome: 'busy', id: row.id, holder: row.state.status === 'running' ? row.state.run : undefined };
    }
  }

  #held(row: Row, run: string, leaseMs: number): AcquireOutcome {
    this.#waits = this.#waits.filter((wait) => wait.run !== run);
    row.leaseUntil = this.#now() + leaseMs;
    const { spec, epoch, resources } = row.state as LiveEnvironment;
    return { outcome: 'acquired', id: row.id, epoch, spec, resources };
  }

  #wait(id: string, { run, waitMs }: AcquireRequest): AcquireOutcome {
    const state = this.#rows.get(id)?.state as LiveEnvironment;
    const until = this.#now() + waitMs;
    const wait = this.#waits.find((one) => one.run === run && one.id === id);
    if (wait !== undefined) wait.until = until;
    else {
      this.#waits = this.#waits.filter((one) => one.run !== run);
      this.#waits.push({ run, id, attempt: awaitedAttempt(state), until });
    }
    return { outcome: 'waiting', id, status: state.status };
  }

  #must(row: Row, command: TestEnvironmentCommand): void {
    const refusal = this.#decide(row, command);
    if (refusal !== undefined) throw new Error(`${command.type} was chosen for ${row.id} and refused: ${refusal}`);
  }

  /** Why it was refused; `undefined` when it happened. */
  #decide(row: Row, command: TestEnvironmentCommand): TestEnvironmentRefusal | undefined {
    const decision = testEnvironmentDecider.decide(command, row.state);
    if (!decision.ok) return decision.refusal;
    row.state = decision.events.reduce(testEnvironmentDecider.evolve, row.state);
    row.ver = this.#facts.append(row, decision.events, this.#now());
    row.due = this.#now();
    return undefined;
  }
}

const stored = ({ id, workspace, state }: Row): StoredTestEnvironment => {
  if (state.status === 'absent') throw new Error(`the environment ${id} has a row and no history`);
  return { id, workspace, state };
};
