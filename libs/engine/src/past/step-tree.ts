import type { RunEvent, StepCompleted, StepPath } from '@testmesh/domain';

type StepStarted = Extract<RunEvent, { readonly type: 'StepStarted' }>;
export type StepFact = StepStarted | StepCompleted;

/** The last word about each step of a run, and which steps stand within which. */
export class StepTree {
  readonly #facts = new Map<StepPath, StepFact>();
  readonly #unknown = new Set<StepPath>();
  readonly #within = new Map<StepPath | undefined, Set<StepPath>>();
  /** What stands before the ids of known steps: `loop[2]/`. */
  readonly #prefixes = new Set<string>();

  at(path: StepPath): StepFact | undefined {
    return this.#facts.get(path);
  }

  isUnknown(path: StepPath): boolean {
    return this.#unknown.has(path);
  }

  /** Whether a step is known whose path is this prefix and an id. */
  hasUnder(prefix: string): boolean {
    return this.#prefixes.has(prefix);
  }

  /** The iterations or rounds of a step that were begun, in their order. */
  indexes(path: StepPath): readonly number[] {
    const found = new Set<number>();
    for (const inner of this.#within.get(path) ?? []) {
      const index = /^\[(\d+)\]\//.exec(inner.slice(path.length))?.[1];
      if (index !== undefined) found.add(Number(index));
    }
    return [...found].sort((a, b) => a - b);
  }

  /** Steps directly within a step, in the order of their last facts; without one, those of the flow itself. */
  *children(parent: StepPath | undefined): Iterable<StepFact> {
    for (const path of this.#within.get(parent) ?? []) {
      const fact = this.#facts.get(path);
      if (fact) yield fact;
    }
  }

  /** Steps within a step, however deep. */
  *within(parent: StepPath): Iterable<StepFact> {
    for (const fact of this.children(parent)) {
      yield fact;
      yield* this.within(fact.path);
    }
  }

  /** The step of control flow that a failure of this step reaches: the one it stands in, across `on_error`. */
  branchStep({ path, parent }: StepFact): StepPath | undefined {
    const failed = parent !== undefined && path.startsWith(`${parent}/on_error/`) ? this.#facts.get(parent) : undefined;
    return failed ? this.branchStep(failed) : parent;
  }

  /** An attempt begins: what an earlier one did within the step no longer counts. */
  start(event: StepStarted): void {
    this.forgetWithin(event.path);
    this.#unknown.delete(event.path);
    this.#put(event);
  }

  forgetWithin(path: StepPath): void {
    const inner = this.#within.get(path);
    if (!inner) return;
    this.#within.delete(path);
    for (const each of inner) {
      const fact = this.#facts.get(each);
      if (fact) this.#prefixes.delete(each.slice(0, -fact.id.length));
      this.#facts.delete(each);
      this.#unknown.delete(each);
      this.forgetWithin(each);
    }
  }

  end(event: StepCompleted): void {
    this.#put(event);
  }

  markUnknown(path: StepPath): void {
    this.#unknown.add(path);
  }

  /** Whether a step belongs to a teardown, at whatever depth. */
  isCleaning(fact: StepFact): boolean {
    for (let at: StepFact | undefined = fact; at; at = at.parent && this.#facts.get(at.parent)) {
      if (at.phase === 'teardown') return true;
    }
    return false;
  }

  #put(fact: StepFact): void {
    const { path, id, parent } = fact;
    this.#facts.set(path, fact);
    this.#prefixes.add(path.slice(0, -id.length));
    const siblings = this.#within.get(parent) ?? new Set();
    this.#within.set(parent, siblings);
    // Those that ended stand in the order in which they did.
    siblings.delete(path);
    siblings.add(path);
  }
}
