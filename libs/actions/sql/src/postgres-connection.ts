import type { ValueMap } from '@testmesh/domain';
import pg from 'pg';
import { cutOff } from './cut-off.ts';
import { type Connection, ConnectionLost, type Sql } from './database.ts';
import { bindPostgres } from './parameters.ts';
import { type Answer, exchange } from './postgres-exchange.ts';
import { decodePostgres, encodePostgres, isOwnType } from './postgres-values.ts';
import { affectedBy, type RowLimits, type StatementResult } from './result.ts';

const CANCEL_WITHIN_MS = 2000;
const NO_LIMITS: RowLimits = { maxRows: undefined, maxBytes: Number.POSITIVE_INFINITY };

/** One session on PostgreSQL. */
export class PostgresConnection implements Connection {
  readonly #client: pg.Client;
  readonly #openAnother: (signal: AbortSignal) => Promise<pg.Client>;
  readonly #ownArrays = new Map<number, number>();
  #alive = true;

  constructor(client: pg.Client, openAnother: (signal: AbortSignal) => Promise<pg.Client>) {
    this.#client = client;
    this.#openAnother = openAnother;
    client.on('end', () => {
      this.#alive = false;
    });
  }

  isAlive(): boolean {
    return this.#alive;
  }

  async run({ query, params }: Sql, limits: RowLimits, signal: AbortSignal): Promise<StatementResult[]> {
    const { text, values } = bindPostgres(query, params);
    const answers = await this.#send(text, { values: values.map(encodePostgres), limits, signal });
    await this.#learnOwnArrays(answers, signal);
    return answers.map((answer) => this.#resultOf(answer));
  }

  async createSchema(name: string, signal: AbortSignal): Promise<void> {
    await this.#send(`CREATE SCHEMA ${pg.escapeIdentifier(name)}`, { signal });
  }

  async useSchema(name: string, signal: AbortSignal): Promise<void> {
    await this.#send(`SET search_path TO ${pg.escapeIdentifier(name)}, public`, { signal });
  }

  async dropSchema(name: string): Promise<void> {
    // A session that still holds a lock on the schema must not hold up the end of the run.
    const text = `SET lock_timeout = '10s'; DROP SCHEMA IF EXISTS ${pg.escapeIdentifier(name)} CASCADE`;
    await this.#send(text, { signal: AbortSignal.timeout(30_000) });
  }

  async close(): Promise<void> {
    this.#alive = false;
    await this.#client.end();
  }

  #send(
    text: string,
    {
      values = [],
      limits = NO_LIMITS,
      signal,
    }: { values?: (string | null)[]; limits?: RowLimits; signal: AbortSignal },
  ): Promise<Answer[]> {
    const answers = exchange(this.#client, { text, values, limits, signal }, () => void this.#stop(over));
    const over = answers.then(
      () => undefined,
      (error: unknown) => {
        if (error instanceof ConnectionLost) this.#alive = false;
      },
    );
    return answers;
  }

  /** Asks the server, over a second session, to stop what this one runs; if it does not, this session is ended. */
  async #stop(over: Promise<void>): Promise<void> {
    const deadline = AbortSignal.timeout(CANCEL_WITHIN_MS);
    const endSession = (): void => {
      this.#alive = false;
      cutOff(this.#client);
    };
    deadline.addEventListener('abort', endSession, { once: true });
    void over.then(() => deadline.removeEventListener('abort', endSession));
    const { processID } = this.#client as unknown as { readonly processID: number };
    try {
      const other = await this.#openAnother(deadline);
      await other.query('SELECT pg_cancel_backend($1)', [processID]);
      await other.end();
    } catch {
      // No second session can be had, so the statement ends together with its own.
      endSession();
    }
  }

  /** Array types of the database's own enums and domains are not known beforehand; the catalogue names their elements. */
  async #learnOwnArrays(answers: readonly Answer[], signal: AbortSignal): Promise<void> {
    const types = answers.flatMap(({ result }) => result.fields.map(({ dataTypeID }) => dataTypeID));
    const unknown = [...new Set(types)].filter((oid) => isOwnType(oid) && !this.#ownArrays.has(oid));
    if (unknown.length === 0) return;
    const text = `SELECT oid, CASE WHEN typcategory = 'A' THEN typelem ELSE 0 END FROM pg_type WHERE oid = ANY($1)`;
    const [answer] = await this.#send(text, { values: [`{${unknown.join(',')}}`], signal });
    for (const [oid, element] of answer?.rows ?? []) this.#ownArrays.set(Number(oid), Number(element));
  }

  #resultOf({ result, rows, truncated }: Answer): StatementResult {
    const { fields, command, rowCount } = result;
    const queryType = command ?? '';
    const decoders = fields.map(({ dataTypeID }) => decodePostgres(dataTypeID, this.#ownArrays));
    const decoded = rows.map((row): ValueMap => {
      const cells = row.map((cell, index) => [
        fields[index]?.name ?? '',
        cell === null ? null : (decoders[index]?.(cell) ?? cell),
      ]);
      return Object.fromEntries(cells) as ValueMap;
    });
    return {
      queryType,
      columns: fields.map(({ name }) => name),
      rows: decoded,
      returnedRows: fields.length > 0,
      rowsAffected: affectedBy(queryType, rowCount),
      truncated,
    };
  }
}
