import type { Span } from '@testmesh/domain';
import { builtinNames } from '../expression/builtins.ts';
import type { Definition, Environment, Flow, Step } from '../model/flow.ts';
import { withNested } from '../reading/mentions.ts';

// What names can mean in a flow, as far as the files say. Invariants:
// C1. A name is known at a point when something before it in every reading of the flow may have defined it.
// C2. Definitions are rendered where they are used, so their own references are judged at the place of use.

export interface CheckOptions {
  readonly environment?: Environment | undefined;
  /** Names given from outside: --var, env files, the operating system. */
  readonly variables: ReadonlySet<string>;
  /** The flow that `run_flow` names by `path` in the flow `from`; undefined when there is none. */
  readonly children?: ((path: string, from: Flow) => Flow | undefined) | undefined;
  /** Whether the run will be in a test environment, whose services nobody knows yet; where nothing is said, the flow says it. */
  readonly testEnvironment?: boolean | undefined;
  /** Whether there is a file at a path that the flow names; without it nobody asks. */
  readonly hasFile?: ((path: string, from: Flow) => boolean) | undefined;
  /** The text of a schema's file, for one that is there; undefined where it is the run's to read. */
  readonly schemaText?: ((path: string, from: Flow) => string | undefined) | undefined;
  /** What it is that nothing gives a required input; without it nobody asks, as for a flow that another one runs. */
  readonly missingInput?: 'error' | 'warning' | undefined;
}

/**
 * What is in scope at one moment. A stage begun from another sees it and keeps only what is new, so a flow of
 * many steps costs no more per step than a short one.
 */
export class Stage {
  readonly #from: Stage | undefined;
  readonly #captured = new Set<string>();
  readonly #steps = new Set<string>();
  readonly #locals: ReadonlySet<string>;

  constructor(from?: Stage, locals: readonly string[] = []) {
    this.#from = from;
    this.#locals = new Set(locals);
  }

  /** Whether a captured name or a loop variable is in scope. */
  hasValue(name: string): boolean {
    return this.#captured.has(name) || this.#locals.has(name) || (this.#from?.hasValue(name) ?? false);
  }

  hasStep(id: string): boolean {
    return this.#steps.has(id) || (this.#from?.hasStep(id) ?? false);
  }

  addCapture(name: string): void {
    this.#captured.add(name);
  }

  addStep(id: string): void {
    this.#steps.add(id);
  }

  /** Takes over what a branch begun here may have defined; its loop variables stay behind. */
  learn(branch: Stage): void {
    for (const name of branch.#captured) this.#captured.add(name);
    for (const id of branch.#steps) this.#steps.add(id);
  }

  values(): readonly string[] {
    return [...new Set([...this.#captured, ...this.#locals, ...(this.#from?.values() ?? [])])];
  }

  steps(): readonly string[] {
    return [...new Set([...this.#steps, ...(this.#from?.steps() ?? [])])];
  }
}

/** A step that captures a name, and where. */
export interface Capture {
  readonly step: Step;
  readonly span: Span;
}

/** Everything that a flow and what is given with it define, whenever they do. */
export class Names {
  readonly environment: Environment | undefined;
  readonly definitions: ReadonlyMap<string, Definition>;
  readonly captures: ReadonlyMap<string, Capture>;
  readonly steps: ReadonlyMap<string, Step>;
  readonly #given: ReadonlySet<string>;

  constructor(flow: Flow, { environment, variables }: CheckOptions) {
    this.environment = environment;
    this.definitions = definitionsOf(flow, environment);
    this.#given = new Set([...variables, ...flow.inputs.map(({ name }) => name)]);
    const steps = [...flow.setup, ...flow.steps, ...flow.teardown].flatMap(withNested);
    // Of steps that share an id, only the first can be referred to.
    this.steps = new Map(steps.toReversed().flatMap((step) => (step.named ? [[step.id, step] as const] : [])));
    this.captures = new Map(
      steps.flatMap((step) => step.outputs.map(({ name, span }) => [name, { step, span }] as const)),
    );
  }

  /** Whether a name means something at a stage, whatever that is. */
  isKnown(name: string, stage: Stage): boolean {
    return this.isGiven(name) || stage.hasValue(name) || stage.hasStep(name);
  }

  /** Whether a name means something from the beginning. */
  isGiven(name: string): boolean {
    return builtinNames.has(name) || this.definitions.has(name) || this.#given.has(name) || name === '$';
  }

  inScope(stage: Stage): readonly string[] {
    return [...stage.values(), ...stage.steps(), ...this.definitions.keys(), ...this.#given, ...builtinNames];
  }
}

/** Definitions by the name they are referred to, those of the environment over those of the flow. */
const definitionsOf = (flow: Flow, environment: Environment | undefined): ReadonlyMap<string, Definition> =>
  new Map([
    ...flow.env.map((definition) => [definition.name, definition] as const),
    ...(environment?.variables ?? []).map((definition) => [definition.name, definition] as const),
    ...(environment?.services ?? []).map((definition) => [`service.${definition.name}`, definition] as const),
  ]);
