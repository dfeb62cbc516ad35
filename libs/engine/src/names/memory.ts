import type { StepStatus, Value, ValueMap } from '@testmesh/domain';
import type { Step } from '@testmesh/flow';

// What a run has learnt so far. Invariants:
// E30. A branch reads what its parent knew and writes only its own; the parent takes it over when the branch ends.
// E31. Only what the flow can refer to is kept: results of named steps that some template mentions.
// E32. A name that a failed, skipped or unreached step would have captured is remembered with the reason.
// E33. What a failed step's result still held is kept for cleaning up (teardown, error_steps), never for later steps.

/** A step's result as later steps see it. */
export interface StepResult {
  /** Behind its id: its result's keys, what it captured, `output`, and `error` when it did not pass. */
  readonly view: ValueMap;
  /** Behind `steps.<id>.status`; a result may have a `status` of its own. */
  readonly status: StepStatus;
  /** Set when there is no result to look into: `place_order failed`. */
  readonly without?: string;
}

export class Memory {
  readonly captured = new Map<string, Value>();
  readonly salvaged = new Map<string, Value>();
  readonly results = new Map<string, StepResult>();
  readonly never = new Map<string, string>();
  readonly parent: Memory | undefined;
  readonly #cleaning: boolean;

  constructor(parent?: Memory, { cleaning = false } = {}) {
    this.parent = parent;
    this.#cleaning = cleaning;
  }

  capturedValue(name: string): Value | undefined {
    const own = this.captured.get(name);
    const value = own === undefined ? this.parent?.capturedValue(name) : own;
    return value === undefined && this.#cleaning ? this.parent?.salvagedValue(name) : value;
  }

  salvagedValue(name: string): Value | undefined {
    const own = this.salvaged.get(name);
    return own === undefined ? this.parent?.salvagedValue(name) : own;
  }

  result(id: string): StepResult | undefined {
    return this.results.get(id) ?? this.parent?.result(id);
  }

  neverCaptured(name: string): string | undefined {
    return this.never.get(name) ?? this.parent?.neverCaptured(name);
  }

  /** `steps.<id>` of every step kept. */
  steps(): ValueMap {
    const own = [...this.results].map(([id, { view, status }]) => [id, { ...view, status }] as const);
    return { ...this.parent?.steps(), ...Object.fromEntries(own) };
  }

  /** Results of this branch alone, by step id. */
  ownSteps(): ValueMap {
    return Object.fromEntries([...this.results].map(([id, { view }]) => [id, view]));
  }

  names(): string[] {
    return [...this.captured.keys(), ...this.results.keys(), ...(this.parent?.names() ?? [])];
  }

  /** Remembers why there is nothing where this step and those within it would have put something. */
  missed(step: Step, fate: string): void {
    for (const [name, id] of capturesOf(step)) {
      const own = id === step.id;
      if (!this.captured.has(name) && (own || !this.never.has(name))) {
        this.never.set(name, `${name} was never captured, ${id} ${fate}`);
      }
    }
  }

  absorb(branch: Memory): void {
    for (const [name, value] of branch.captured) this.captured.set(name, value);
    for (const [name, value] of branch.salvaged) this.salvaged.set(name, value);
    for (const [id, result] of branch.results) this.results.set(id, result);
    for (const [name, why] of branch.never) this.never.set(name, why);
  }
}

/** Every name that a step or one nested in it captures, with the id of the step that does. */
const capturesOf = (step: Step): [name: string, id: string][] => [
  ...step.outputs.map(({ name }): [string, string] => [name, step.id]),
  ...nestedSteps(step).flatMap(capturesOf),
];

export const nestedSteps = (step: Step): readonly Step[] => {
  switch (step.kind) {
    case 'action':
    case 'run_flow':
      return step.errorSteps;
    case 'parallel':
      return [...step.branches.flatMap(({ steps }) => steps), ...step.errorSteps];
    case 'condition':
      return [...step.then, ...step.else, ...step.errorSteps];
    case 'for_each':
    case 'wait_until':
      return [...step.steps, ...step.errorSteps];
  }
};
