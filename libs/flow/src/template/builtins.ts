import type { Value } from '@testmesh/domain';

export interface DrawSources {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** A float in [0, 1). */
  readonly random: () => number;
  readonly uuid: () => string;
}

/** Every name that is built in; no output or `env` entry may take it. */
export const builtinNames: ReadonlySet<string> = new Set();

/** The value of a built-in that is drawn at each use. */
export const drawBuiltin = (_name: string, _args: readonly Value[], _sources: DrawSources): Value => {
  throw new Error('not here yet');
};
