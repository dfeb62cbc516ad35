import type { Value, ValueMap } from '@testmesh/domain';
import { ExactNumber } from '@testmesh/domain';
import mysql from 'mysql2';
import { type Connection, ConnectionLost, type Sql, StatementFailed } from './database.ts';
import { decodeMysql, encodeMysql, type MysqlColumn } from './mysql-values.ts';
import { inlineMysql } from './parameters.ts';
import { affectedBy, ResultTooLarge, type RowLimits, RowMeter, type StatementResult } from './result.ts';
import { splitStatements } from './statement.ts';

const CANCEL_WITHIN_MS = 2000;
const NO_LIMITS: RowLimits = { maxRows: undefined, maxBytes: Number.POSITIVE_INFINITY };
const BINARY_CHARSET = 63;
/** Server shutdown, connection killed, idle for too long. */
const ENDS_SESSION: ReadonlySet<number> = new Set([1053, 1927, 4031]);

type Cells = (Buffer | null)[];

/** What the driver says of a column; its own types leave out what MariaDB adds. */
interface Field {
  readonly name: string;
  readonly columnType: number;
  readonly columnLength: number;
  readonly characterSet: number;
  readonly extendedFormat?: string;
}

interface ResultSet {
  readonly fields: readonly Field[];
  readonly rows: Cells[];
  affected: number;
  truncated: boolean;
}

/** One session on MySQL or MariaDB. */
export class MysqlConnection implements Connection {
  readonly #session: mysql.Connection;
  readonly #openAnother: (signal: AbortSignal) => Promise<mysql.Connection>;
  #alive = true;

  constructor(session: mysql.Connection, openAnother: (signal: AbortSignal) => Promise<mysql.Connection>) {
    this.#session = session;
    this.#openAnother = openAnother;
    session.on('end', () => {
      this.#alive = false;
    });
  }

  isAlive(): boolean {
    return this.#alive;
  }

  async run({ query, params }: Sql, limits: RowLimits, signal: AbortSignal): Promise<StatementResult[]> {
    const text = inlineMysql(query, params, escapeValue);
    const sets = await this.#send(text, limits, signal);
    const keywords = splitStatements(text, 'mysql').map(({ keyword }) => keyword);
    // A procedure may answer with more result sets than there are statements.
    const known =
      keywords.length === sets.length ? keywords : sets.map(({ fields }) => (fields.length > 0 ? 'SELECT' : 'CALL'));
    return sets.map((set, index) => resultOf(set, known[index] ?? ''));
  }

  async command(text: string, signal: AbortSignal): Promise<void> {
    await this.#send(text, NO_LIMITS, signal);
  }

  createSchema(name: string, signal: AbortSignal): Promise<void> {
    return this.command(`CREATE DATABASE ${mysql.escapeId(name, true)}`, signal);
  }

  useSchema(name: string, signal: AbortSignal): Promise<void> {
    return this.command(`USE ${mysql.escapeId(name, true)}`, signal);
  }

  dropSchema(name: string): Promise<void> {
    const text = `SET lock_wait_timeout = 10; DROP DATABASE IF EXISTS ${mysql.escapeId(name, true)}`;
    return this.command(text, AbortSignal.timeout(30_000));
  }

  async close(): Promise<void> {
    this.#alive = false;
    await new Promise<void>((done) => {
      this.#session.once('close', done);
      this.#session.end(() => done());
    });
  }

  #send(sql: string, limits: RowLimits, signal: AbortSignal): Promise<ResultSet[]> {
    signal.throwIfAborted();
    let over = () => {};
    const isOver = new Promise<void>((resolve) => {
      over = resolve;
    });
    return new Promise((resolve, reject) => {
      const intake = new Intake(limits);
      let reason: { readonly error: unknown } | undefined;
      const giveUp = (error: unknown): void => {
        if (reason === undefined) void this.#stop(isOver);
        reason ??= { error };
      };
      const onAbort = (): void => giveUp(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      const onLost = (error?: Error): void => settle(() => reject(this.#lost(error)));
      const settle = (outcome: () => void): void => {
        over();
        signal.removeEventListener('abort', onAbort);
        this.#session.removeListener('end', onLost);
        this.#session.removeListener('error', onLost);
        if (reason === undefined) outcome();
        else reject(reason.error);
      };
      // The driver tells the session, not the query, when the connection breaks.
      this.#session.on('end', onLost);
      this.#session.on('error', onLost);
      const options = { sql, rowsAsArray: true, typeCast: (field: { buffer: () => Buffer | null }) => field.buffer() };
      const query = this.#session.query(options as unknown as mysql.QueryOptions);
      query.on('fields', (fields: unknown) => intake.begin(fields as Field[] | undefined));
      query.on('result', (row: unknown) => {
        if (reason === undefined && !intake.take(row)) giveUp(new ResultTooLarge());
      });
      query.on('error', (error: mysql.QueryError) => settle(() => reject(this.#failureOf(error, sql))));
      query.on('end', () => settle(() => resolve(intake.sets)));
    });
  }

  #failureOf(error: mysql.QueryError, query: string): Error {
    const { sqlState, errno = 0, message } = error;
    if (sqlState === undefined || ENDS_SESSION.has(errno)) return this.#lost(error);
    // The driver has no name for what only MariaDB says.
    return new StatementFailed(message, { code: error.code ?? `ER_${errno}`, query, cause: error });
  }

  #lost(cause: Error | undefined): ConnectionLost {
    this.#alive = false;
    return new ConnectionLost(cause?.message ?? 'the server closed the connection', { cause });
  }

  /** Asks the server, over a second session, to stop what this one runs; if it does not, this session is ended. */
  async #stop(over: Promise<void>): Promise<void> {
    const deadline = AbortSignal.timeout(CANCEL_WITHIN_MS);
    const endSession = (): void => {
      this.#alive = false;
      this.#session.destroy();
    };
    deadline.addEventListener('abort', endSession, { once: true });
    void over.then(() => deadline.removeEventListener('abort', endSession));
    try {
      const other = await this.#openAnother(deadline);
      other.query(`KILL QUERY ${this.#session.threadId}`);
      other.end();
    } catch {
      // No second session can be had, so the statement ends together with its own.
      endSession();
    }
  }
}

/** Rows sorted by the statement they answer. */
class Intake {
  readonly sets: ResultSet[] = [];
  readonly #meter: RowMeter;

  constructor(limits: RowLimits) {
    this.#meter = new RowMeter(limits);
  }

  begin(fields: readonly Field[] | undefined): void {
    this.sets.push({ fields: fields ?? [], rows: [], affected: 0, truncated: false });
  }

  /** Takes a row, or the summary of a statement without rows; false when the rows together have become too large. */
  take(row: unknown): boolean {
    const set = this.sets.at(-1);
    if (set === undefined) return true;
    if (!Array.isArray(row)) {
      set.affected = (row as { readonly affectedRows?: number }).affectedRows ?? 0;
      return true;
    }
    if (!this.#meter.keeps(set.rows.length)) {
      set.truncated = true;
      return true;
    }
    set.rows.push(row as Cells);
    return this.#meter.fits(row as Cells);
  }
}

const escapeValue = (value: Value): string => {
  const raw = (item: unknown) => (item instanceof ExactNumber ? mysql.raw(item.text) : (item as string));
  const encoded = encodeMysql(value);
  return mysql.escape(Array.isArray(encoded) ? encoded.map(raw) : raw(encoded));
};

const columnOf = ({ columnType, columnLength, characterSet, extendedFormat }: Field): MysqlColumn => {
  const type = (mysql.Types as unknown as Readonly<Record<number, string>>)[columnType] ?? '';
  return {
    type,
    length: columnLength,
    isBinary: characterSet === BINARY_CHARSET,
    isJson: type === 'JSON' || extendedFormat === 'json',
  };
};

const resultOf = ({ fields, rows, affected, truncated }: ResultSet, queryType: string): StatementResult => {
  const columns = fields.map(columnOf);
  const decoded = rows.map((row): ValueMap => {
    const cells = row.map((cell, index) => {
      const column = columns[index];
      return [fields[index]?.name ?? '', cell === null || column === undefined ? null : decodeMysql(column, cell)];
    });
    return Object.fromEntries(cells) as ValueMap;
  });
  return {
    queryType,
    columns: fields.map(({ name }) => name),
    rows: decoded,
    returnedRows: fields.length > 0,
    rowsAffected: affectedBy(queryType, affected),
    truncated,
  };
};
