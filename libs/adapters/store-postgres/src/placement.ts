import type { Placement } from '@testmesh/contracts';

// Tables whose rows ask for runs have the same two columns for who is to carry these out.

/** The columns of a `Placement`; `of` is the alias of its table, with its dot. */
export const placementColumns = (of = ''): string => `${of}pool, ${of}priority`;

/** Their values, in that order. */
export const placementValues = ({
  pool = 'default',
  priority = 0,
}: {
  readonly [Part in keyof Placement]?: Placement[Part] | undefined;
}): readonly unknown[] => [pool, priority];
