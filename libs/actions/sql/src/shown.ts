// A query and its rows as a report shows them: trimmed, and never with the password.
import type { Exchange, Value } from '@testmesh/domain';
import { type Address, showAddress } from './address.ts';
import type { Sql } from './database.ts';

const MAX_ROWS = 20;
const MAX_QUERY = 4096;

const oneLine = (query: string): string => {
  const line = query.replace(/\s+/g, ' ').trim();
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
};

const rowsText = (count: number): string => (count === 1 ? '1 row' : `${count} rows`);

const requestOf = (statements: readonly Sql[], address: Address): Value => {
  const shown = statements.map(({ query, params }) => ({
    query: query.length > MAX_QUERY ? `${query.slice(0, MAX_QUERY)}…` : query,
    ...(params !== undefined && { params }),
  }));
  const [only] = shown;
  return { connection: showAddress(address), ...(shown.length === 1 && only ? only : { statements: shown }) };
};

export const trimmedRows = (rows: readonly Value[]): Value =>
  rows.length <= MAX_ROWS ? rows : [...rows.slice(0, MAX_ROWS), `… ${rows.length - MAX_ROWS} more`];

export interface Answered {
  readonly rows: readonly Value[];
  readonly rowsAffected: number;
  readonly returnedRows: boolean;
  readonly durationMs: number;
  /** Whether the rows are what a wait saw last. */
  readonly waited: boolean;
}

/** What a report shows of a query; without an answer it says how the query ended. */
export const shownExchange = (
  statements: readonly Sql[],
  address: Address,
  answer: Answered | { readonly failed: string; readonly seen?: Value },
): Exchange => {
  const line = oneLine(statements.map(({ query }) => query).join('; '));
  const request = requestOf(statements, address);
  if ('failed' in answer) {
    const seen = answer.seen === undefined ? {} : { seen: answer.seen };
    return { kind: 'sql', summary: `${line} → ${answer.failed}`, request, ...seen };
  }
  const { rows, rowsAffected, returnedRows, durationMs, waited } = answer;
  const brought = returnedRows ? rowsText(rows.length) : `${rowsText(rowsAffected)} affected`;
  return {
    kind: 'sql',
    summary: `${line} → ${brought} in ${Math.round(durationMs)} ms`,
    request,
    ...(waited
      ? { seen: trimmedRows(rows) }
      : { response: { row_count: rows.length, rows_affected: rowsAffected, rows: trimmedRows(rows) } }),
  };
};
