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
}

/** What is in scope at one moment. */
export class Stage {
  readonly captured: Set<string>;
  readonly steps: Set<string>;
  readonly locals: Set<string>;

  constructor(from?: Stage, locals: readonly string[] = []) {
    this.captured = new Set(from?.captured);
    this.steps = new Set(from?.steps);
    this.locals = new Set([...(from?.locals ?? []), ...locals]);
  }

  /** Takes over what a branch may have defined; its loop variables stay behind. */
  learn(branch: Stage): void {
    for (const name of branch.captured) this.captured.add(name);
    for (const id of branch.steps) this.steps.add(id);
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
    return this.isGiven(name) || stage.captured.has(name) || stage.steps.has(name) || stage.locals.has(name);
  }

  /** Whether a name means something from the beginning. */
  isGiven(name: string): boolean {
    return builtinNames.has(name) || this.definitions.has(name) || this.#given.has(name) || name === '$';
  }

  inScope(stage: Stage): readonly string[] {
    return [
      ...stage.captured,
      ...stage.locals,
      ...stage.steps,
      ...this.definitions.keys(),
      ...this.#given,
      ...builtinNames,
    ];
  }
}

/** Definitions by the name they are referred to, those of the environment over those of the flow. */
const definitionsOf = (flow: Flow, environment: Environment | undefined): ReadonlyMap<string, Definition> =>
  new Map([
    ...flow.env.map((definition) => [definition.name, definition] as const),
    ...(environment?.variables ?? []).map((definition) => [definition.name, definition] as const),
    ...(environment?.services ?? []).map((definition) => [`service.${definition.name}`, definition] as const),
  ]);
