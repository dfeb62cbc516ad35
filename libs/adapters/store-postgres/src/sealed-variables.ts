import { parseJson, stringifyJson, type Value, type ValueMap } from '@testmesh/domain';
import type { Sealer } from './sealing.ts';

// What people give to runs. Invariants:
// V1. It is kept sealed as a whole, whatever of it is secret: what a flow makes of a variable may change tomorrow.
// V2. What an older version kept in clear is read as well, until it is sealed; beside something sealed it is what was written last.

/** Tables whose rows hold variables, under the id of the row. */
export type WithVariables = 'schedules' | 'git_trigger_rules' | 'suite_runs' | 'dataset_runs';

interface KeptVariables {
  readonly id: string;
  readonly sealedVariables: string | null;
  readonly clearVariables: ValueMap | null;
}

/** A row as it is read, before its variables are opened. */
export type Sealed<Row extends { readonly variables: ValueMap }> = Omit<Row, 'variables'> & KeptVariables;

/** The columns of a `Sealed` row; `of` is the alias of its table, with its dot. */
export const variableColumns = (of = ''): string =>
  `${of}sealed_variables as "sealedVariables", ${of}variables as "clearVariables"`;

/** A sealed text opens as this row's alone. */
export const variablesContext = (table: WithVariables, id: string): string => `${table}/${id.toLowerCase()}/variables`;

export interface VariablesOf {
  readonly seal: (id: string, variables: ValueMap) => readonly [sealed: string | null, clear: string | null];
  readonly open: <Row extends KeptVariables>(
    row: Row,
  ) => Omit<Row, 'sealedVariables' | 'clearVariables'> & { readonly variables: ValueMap };
}

/** Seals and opens the variables of a table's rows. */
export const variablesOf = (sealer: Sealer, table: WithVariables): VariablesOf => ({
  // Nothing needs no seal. Where there is one, the other column is null: an older version fails on it, and does not run without.
  seal: (id, variables) => {
    if (Object.keys(variables).length === 0) return [null, '{}'];
    return [sealer.seal(stringifyJson(variables as Value), variablesContext(table, id)), null];
  },
  open: ({ sealedVariables, clearVariables, ...row }) => ({
    ...row,
    variables:
      clearVariables !== null || sealedVariables === null
        ? (clearVariables ?? {})
        : (parseJson(sealer.open(sealedVariables, variablesContext(table, row.id))) as ValueMap),
  }),
});
