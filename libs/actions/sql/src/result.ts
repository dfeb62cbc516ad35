// What a statement brought, the same for every database.
import type { Value, ValueMap } from '@testmesh/domain';

export interface StatementResult {
  /** SELECT, INSERT, CREATE … */
  readonly queryType: string;
  readonly columns: readonly string[];
  readonly rows: readonly ValueMap[];
  /** Whether it is a kind of statement that answers with rows, even with none. */
  readonly returnedRows: boolean;
  readonly rowsAffected: number;
  readonly truncated: boolean;
}

export interface RowLimits {
  readonly maxRows: number | undefined;
  readonly maxBytes: number;
}

/** The largest result an action keeps when its config does not say otherwise. */
export const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;

export class ResultTooLarge extends Error {}

/** Counts what arrives, so that an endless answer is noticed before it fills the memory. */
export class RowMeter {
  readonly #limits: RowLimits;
  #bytes = 0;

  constructor(limits: RowLimits) {
    this.#limits = limits;
  }

  /** Whether a row is kept after `count` others. */
  keeps(count: number): boolean {
    return this.#limits.maxRows === undefined || count < this.#limits.maxRows;
  }

  /** Whether everything kept so far is within the limit, with these cells. */
  fits(cells: readonly ({ readonly length: number } | null)[]): boolean {
    for (const cell of cells) this.#bytes += cell === null ? 1 : cell.length;
    return this.#bytes <= this.#limits.maxBytes;
  }
}

const WRITES_ROWS: ReadonlySet<string> = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE', 'REPLACE', 'COPY']);

/** How many rows a command changed; a SELECT's count is of rows read. */
export const affectedBy = (queryType: string, count: number | null): number =>
  WRITES_ROWS.has(queryType) ? (count ?? 0) : 0;

const statementOutput = ({ rows, rowsAffected, columns, queryType }: StatementResult): ValueMap => ({
  rows,
  row_count: rows.length,
  rows_affected: rowsAffected,
  columns,
  query_type: queryType,
});

/** The action's result for some statements: the rows are those of the last one that returned any. */
export const outputOf = (results: readonly StatementResult[], durationMs: number): Record<string, Value> => {
  const shown = results.findLast(({ returnedRows }) => returnedRows) ?? results.at(-1);
  const rows = shown?.rows ?? [];
  return {
    rows,
    row_count: rows.length,
    first_row: rows[0] ?? null,
    rows_affected: results.reduce((sum, { rowsAffected }) => sum + rowsAffected, 0),
    columns: shown?.columns ?? [],
    query_type: shown?.queryType ?? '',
    ...(results.length > 1 && { results: results.map(statementOutput) }),
    truncated: shown?.truncated ?? false,
    duration_ms: Math.round(durationMs),
  };
};
