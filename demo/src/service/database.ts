import type { FastifyBaseLogger } from 'fastify';
import pg from 'pg';
import type { Config } from './config.ts';

/** The connection inside a transaction. */
export type Transaction = pg.PoolClient;

/** Anything that answers a query: the pool, one connection of it, or the pool of a test database. */
export interface Queryable {
  query<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<pg.QueryResult<Row>>;
}

export interface Database extends Queryable {
  readonly transaction: <Result>(work: (tx: Transaction) => Promise<Result>) => Promise<Result>;
  readonly close: () => Promise<void>;
}

const NUMERIC = 1700;
const INT8 = 20;

/** Money and counts arrive as numbers; node-postgres hands them out as strings otherwise. */
export const numbersAsNumbers: pg.CustomTypesConfig = {
  getTypeParser: (id, format) =>
    id === NUMERIC || id === INT8 ? Number : pg.types.getTypeParser(id, format as 'text' | undefined),
};

const OWN_TABLES = `
  CREATE TABLE IF NOT EXISTS outbox (
    id bigserial PRIMARY KEY,
    event_id text NOT NULL,
    topic text NOT NULL,
    key text NOT NULL,
    payload jsonb NOT NULL,
    traceparent text
  );
  CREATE TABLE IF NOT EXISTS processed_events (
    event_id text PRIMARY KEY,
    processed_at timestamptz NOT NULL DEFAULT now()
  );
  DELETE FROM processed_events WHERE processed_at < now() - interval '30 days';
`;

/** Several instances may boot at once: the lock lets one create the tables while the others wait. */
const createTables = (schema: string, tables: string) => async (tx: Transaction) => {
  await tx.query('SELECT pg_advisory_xact_lock(hashtext($1))', [schema]);
  await tx.query(`CREATE SCHEMA IF NOT EXISTS ${schema}; ${OWN_TABLES} ${tables}`);
};

const inTransaction = async <Result>(pool: pg.Pool, work: (tx: Transaction) => Promise<Result>): Promise<Result> => {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch((cause: Error) => {
      broken = cause;
    });
    throw error;
  } finally {
    client.release(broken);
  }
};

/** Opens the service's schema and creates what is missing in it. */
export const openDatabase = async (
  { schema, ssl, ...connection }: Config['database'],
  tables: string,
  log: FastifyBaseLogger,
): Promise<Database> => {
  const pool = new pg.Pool({
    ...connection,
    ssl: ssl ? { rejectUnauthorized: false } : false,
    options: `-c search_path=${schema}`,
    types: numbersAsNumbers,
    connectionTimeoutMillis: 5_000,
    max: 10,
  });
  pool.on('error', (error) => log.warn({ reason: error.message }, 'idle database connection lost'));

  try {
    await inTransaction(pool, createTables(schema, tables));
  } catch (error) {
    await pool.end();
    throw error;
  }

  return {
    query: (sql, values) => pool.query(sql, values),
    transaction: (work) => inTransaction(pool, work),
    close: () => pool.end(),
  };
};
