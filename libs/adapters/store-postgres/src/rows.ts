import type pg from 'pg';
import { type Changed, refused } from './changed.ts';

export type Queryable = Pick<pg.ClientBase, 'query'>;

/** What is sent with its values. */
export interface Statement {
  readonly sql: string;
  readonly values: unknown[];
}

export interface Page {
  readonly limit: number;
  readonly offset: number;
}

export interface Listed<Item> {
  readonly items: readonly Item[];
  readonly total: number;
}

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** An id for a uuid column; what is none matches no row instead of being an error of the database. */
export const uuid = (text: string): string | null => (UUID.test(text) ? text : null);

/** Text to look for anywhere in a name: `%` and `_` of it mean themselves. */
export const containing = (text: string): string => `%${text.replace(/[\\%_]/g, '\\$&')}%`;

interface Listing {
  readonly columns: string;
  /** From `from` up to the end of `where`. */
  readonly source: string;
  readonly order: string;
  readonly values: readonly unknown[];
}

/** One page of rows, and how many there are in all. */
export const listRows = async <Row extends pg.QueryResultRow>(
  db: Queryable,
  { columns, source, order, values }: Listing,
  { limit, offset }: Page,
): Promise<Listed<Row>> => {
  const place = values.length;
  const page = `select ${columns} ${source} order by ${order} limit $${place + 1} offset $${place + 2}`;
  const { rows } = await db.query<Row>(page, [...values, limit, offset]);
  const count = await db.query<{ total: number }>(`select count(*)::int as total ${source}`, [...values]);
  return { items: rows, total: count.rows[0]?.total ?? 0 };
};

/** The version an editor looked at, or those that would do. */
export type Seen = number | readonly number[];

/** Whether a row stands at what its editor saw, where that matters. */
export const isSeen = (seen: Seen | undefined, version: number): boolean =>
  seen === undefined || (typeof seen === 'number' ? seen === version : seen.includes(version));

/** A row that is about to change; `seen` is the version its editor looked at, when that matters. */
export interface Target {
  readonly workspace: string;
  readonly id: string;
  readonly seen: Seen | undefined;
}

type Table =
  | 'flows'
  | 'environments'
  | 'suites'
  | 'schedules'
  | 'notification_channels'
  | 'datasets'
  | 'git_trigger_rules';

const isLive: Readonly<Record<Table, string>> = {
  flows: 'and deleted_at is null',
  suites: 'and deleted_at is null',
  environments: '',
  schedules: '',
  notification_channels: '',
  git_trigger_rules: '',
  datasets: 'and deleted_at is null',
};

/** Locks a row for its change, or says why it may not be changed. */
export const lockRow = async (
  client: Queryable,
  table: Table,
  target: Target,
): Promise<Changed<{ version: number }>> => {
  const { rows } = await client.query<{ version: number }>(
    `select version from testmesh.${table} where workspace_id = $1 and id = $2 ${isLive[table]} for update`,
    [uuid(target.workspace), uuid(target.id)],
  );
  return judge(rows[0], target.seen);
};

/** A row that was found and stands at the version its editor saw. */
export const judge = <Row extends { readonly version: number }>(
  row: Row | undefined,
  seen: Seen | undefined,
): Changed<Row> => {
  if (row === undefined) return refused('NotFound');
  if (!isSeen(seen, row.version)) return refused('ChangedMeanwhile');
  return { ok: true, value: row };
};

/** The only row of a statement that always returns one. */
export const only = <Row>(rows: readonly Row[]): Row => {
  const [row] = rows;
  if (row === undefined) throw new Error('a statement that returns one row returned none');
  return row;
};

/** All of it or nothing. */
export const inTransaction = async <Value>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<Value>,
): Promise<Value> => {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('begin');
    const value = await work(client);
    await client.query('commit');
    return value;
  } catch (cause) {
    await client.query('rollback').catch((error: Error) => {
      broken = error;
    });
    throw cause;
  } finally {
    client.release(broken);
  }
};
