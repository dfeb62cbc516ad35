import type { ValueMap } from '../values/value.ts';

// Old events stay as they were written; readers bring them to today's shape. Invariants:
// U1. An event type's version is one more than the upcasters it has: a change of its shape adds one, and none is ever removed.
// U2. An upcaster is pure and total: it takes whatever was ever written under its version.
// U3. What a newer process wrote is refused, never guessed.

/** Brings the data of an event from one version to the next. */
export type Upcast = (data: ValueMap) => ValueMap;

/** For each event type, the steps from version 1 to 2, from 2 to 3 … */
export type Upcasters<Type extends string> = Readonly<Record<Type, readonly Upcast[]>>;

/** An event that a newer process wrote: this one must leave its stream alone. */
export class NewerEvent extends Error {
  override readonly name = 'NewerEvent';
}

export interface Upcasting<Type extends string> {
  /** Under which an event is written today. */
  readonly version: (type: Type) => number;
  /** The data of an event as it would be written today. */
  readonly current: (recorded: { readonly type: string; readonly sv: number; readonly data: ValueMap }) => ValueMap;
}

export const upcasting = <Type extends string>(upcasters: Upcasters<Type>): Upcasting<Type> => ({
  version: (type) => upcasters[type].length + 1,
  current: ({ type, sv, data }) => {
    const steps = Object.hasOwn(upcasters, type) ? upcasters[type as Type] : undefined;
    if (steps === undefined) throw new NewerEvent(`this version of TestMesh knows no event ${type}`);
    if (sv > steps.length + 1) {
      throw new NewerEvent(`${type} has version ${sv}, this version of TestMesh knows up to ${steps.length + 1}`);
    }
    if (sv === steps.length + 1) return data;
    return steps.slice(sv - 1).reduce((older, upcast) => upcast(older), data);
  },
});
