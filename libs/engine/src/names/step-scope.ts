import type { Value } from '@testmesh/domain';
import { drawBuiltin, type Meaning, render, type Scope } from '@testmesh/flow';
import type { Random } from '@testmesh/ports';
import type { Frame } from '../frame.ts';

/** A value that a template drew, for the record. */
export interface Drawn {
  readonly builtin: string;
  readonly value: Value;
}

/** Names of a loop or of `error_steps`, nearest first. */
export interface Locals {
  readonly values: ReadonlyMap<string, Value>;
  readonly parent?: Locals | undefined;
}

/**
 * What names mean for one attempt of one step. It remembers which known names turned out to have no value,
 * so that a failed rendering can be told apart from a flow that never defined them.
 */
export class StepScope implements Scope {
  readonly drawn: Drawn[] = [];
  readonly absent: string[] = [];
  readonly #frame: Frame;
  readonly #seed: string;

  constructor(frame: Frame, seed: string) {
    this.#frame = frame;
    this.#seed = seed;
  }

  readonly resolve = (name: string): Meaning | undefined => {
    const { flowRun, memory, locals } = this.#frame;
    const own = localValue(locals, name) ?? memory.capturedValue(name);
    if (own !== undefined) return { kind: 'value', value: own };
    const fixed = flowRun.names.get(name);
    if (fixed) return this.#unveil(name, fixed);
    if (name === 'steps') return { kind: 'value', value: memory.steps() };
    const result = memory.result(name);
    if (result) {
      if (result.without !== undefined) this.absent.push(result.without);
      return { kind: 'value', value: result.view };
    }
    const why = memory.neverCaptured(name);
    if (why === undefined) return flowRun.inherited?.resolve(name);
    this.absent.push(why);
    return { kind: 'absent', why };
  };

  readonly names = (): readonly string[] => {
    const { flowRun, memory, locals } = this.#frame;
    return [...localNames(locals), ...memory.names(), ...flowRun.names.keys(), ...(flowRun.inherited?.names() ?? [])];
  };

  readonly draw = (builtin: string, args: readonly Value[]): Value => {
    const { run } = this.#frame;
    const { next, uuid } = this.random();
    const value = drawBuiltin(builtin, args, { now: run.ports.clock.now(), random: next, uuid });
    this.drawn.push({ builtin, value });
    return value;
  };

  /** This attempt's own randomness, so that branches running at once do not disturb each other's sequences. */
  random(): Random {
    this.#random ??= this.#frame.run.ports.random(this.#seed);
    return this.#random;
  }
  #random: Random | undefined;

  // A secret that is put together from others is masked as a whole once it is known.
  #unveil(name: string, meaning: Meaning): Meaning {
    const { run, flowRun } = this.#frame;
    if (meaning.kind !== 'definition' || !flowRun.secretNames.has(name)) return meaning;
    const rendered = render(meaning.template, this);
    if (!rendered.ok) return meaning;
    run.masker.addSecret(rendered.value);
    return { kind: 'value', value: rendered.value };
  }
}

const localValue = (locals: Locals | undefined, name: string): Value | undefined => {
  for (let at = locals; at; at = at.parent) {
    const value = at.values.get(name);
    if (value !== undefined) return value;
  }
  return undefined;
};

const localNames = (locals: Locals | undefined): string[] =>
  locals ? [...locals.values.keys(), ...localNames(locals.parent)] : [];

/** A scope that knows nothing, for templates that are known to be constant. */
export const emptyScope: Scope = {
  resolve: () => undefined,
  names: () => [],
  draw: () => null,
};
