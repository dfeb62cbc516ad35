// One message to PostgreSQL and all that comes back.
// X1. Values travel as text in both directions: how they are read is decided here, not by the driver.
// X2. When it is given up (aborted, too large) the server is asked to stop, and it settles when the server has.
import pg from 'pg';
import { ConnectionLost, StatementFailed } from './database.ts';
import { ResultTooLarge, type RowLimits, RowMeter } from './result.ts';

type RawRow = (string | null)[];

/** The driver's account of one statement. */
interface RawResult {
  readonly command: string | null;
  readonly rowCount: number | null;
  readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[];
}

export interface Answer {
  readonly result: RawResult;
  readonly rows: readonly RawRow[];
  readonly truncated: boolean;
}

export interface Message {
  readonly text: string;
  readonly values: readonly (string | null)[];
  readonly limits: RowLimits;
  readonly signal: AbortSignal;
}

const RAW_TYPES = { getTypeParser: () => (text: string) => text };

/** Sends a message on a session; `stop` is called when it is given up. */
export const exchange = (
  client: pg.Client,
  { text, values, limits, signal }: Message,
  stop: () => void,
): Promise<Answer[]> => {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const config = { text, values: [...values], rowMode: 'array', types: RAW_TYPES };
    const query = new pg.Query(config as unknown as pg.QueryConfig);
    const intake = new Intake(limits);
    let reason: { readonly error: unknown } | undefined;
    const giveUp = (error: unknown): void => {
      if (reason === undefined) stop();
      reason ??= { error };
    };
    const onAbort = (): void => giveUp(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    const settle = (outcome: () => void): void => {
      signal.removeEventListener('abort', onAbort);
      if (reason === undefined) outcome();
      else reject(reason.error);
    };
    query.on('row', (row: unknown, result: unknown) => {
      if (reason === undefined && !intake.take(row as RawRow, result)) giveUp(new ResultTooLarge());
    });
    query.on('end', (results: unknown) => settle(() => resolve(intake.answers(results))));
    query.on('error', (error: Error) => settle(() => reject(failureOf(error, text))));
    client.query(query);
  });
};

/** Rows sorted by the statement they answer. */
class Intake {
  readonly #rows = new Map<unknown, RawRow[]>();
  readonly #truncated = new Set<unknown>();
  readonly #meter: RowMeter;

  constructor(limits: RowLimits) {
    this.#meter = new RowMeter(limits);
  }

  /** False when the rows together have become too large. */
  take(row: RawRow, result: unknown): boolean {
    const rows = this.#rows.get(result) ?? [];
    this.#rows.set(result, rows);
    if (!this.#meter.keeps(rows.length)) {
      this.#truncated.add(result);
      return true;
    }
    rows.push(row);
    return this.#meter.fits(row);
  }

  answers(results: unknown): Answer[] {
    const list = (Array.isArray(results) ? results : [results]) as RawResult[];
    return list.map((result) => ({
      result,
      rows: this.#rows.get(result) ?? [],
      truncated: this.#truncated.has(result),
    }));
  }
}

const failureOf = (error: Error, query: string): Error => {
  if (!(error instanceof pg.DatabaseError)) return new ConnectionLost(error.message, { cause: error });
  const { code = 'XX000', position, hint, detail, message } = error;
  // 57P01…57P03: the server ends the session itself.
  if (code.startsWith('57P')) return new ConnectionLost(message, { cause: error });
  return new StatementFailed(detail === undefined ? message : `${message} (${detail})`, {
    code,
    query,
    help: hint,
    position: position === undefined ? undefined : Number(position),
    cause: error,
  });
};
