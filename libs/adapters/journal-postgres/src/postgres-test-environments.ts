import type { TestEnvironmentCommand } from '@testmesh/domain';
import type {
  Commanded,
  EnvironmentRequest,
  EnvironmentWork,
  StoredTestEnvironment,
  TestEnvironmentQuery,
  TestEnvironments,
} from '@testmesh/ports';
import type { ClientBase, Pool } from 'pg';
import { acquireEnvironment } from './environment-acquisition.ts';
import { registerEnvironment } from './environment-registration.ts';
import { reapEnvironments, sweepEnvironments } from './environment-rounds.ts';
import { decideOn, lockRow, lockRows, type Moment, storedOf } from './test-environment-row.ts';
import { inTransaction } from './transaction.ts';

export interface PostgresTestEnvironmentsOptions {
  /** Stands in for the database's clock in tests, milliseconds since 1970. */
  readonly now?: () => number;
}

/** Test environments in PostgreSQL; the database's clock counts. */
export const postgresTestEnvironments = (
  pool: Pool,
  { now }: PostgresTestEnvironmentsOptions = {},
): TestEnvironments => {
  const atomically = <Result>(work: (moment: Moment) => Promise<Result>): Promise<Result> =>
    inTransaction(pool, async (client) => work({ client, now: now?.() ?? (await databaseNow(client)) }));
  const request = (id: string, wanted: EnvironmentRequest): Promise<Commanded> =>
    atomically((moment) => decideById(moment, id, wanted));
  return {
    register: (environment) => atomically((moment) => registerEnvironment(moment, environment)),
    request,
    find: (id) => find(pool, id),
    list: (query) => list(pool, query),
    acquire: (wanted) => atomically((moment) => acquireEnvironment(moment, wanted)),
    leave: async (run) => {
      await pool.query('delete from journal.test_environment_waits where run = $1', [run]);
    },
    extend: (lease, leaseMs) =>
      atomically(async ({ client, now: at }) => {
        const { rowCount } = await client.query(EXTEND, [lease.id, lease.run, lease.epoch, at + leaseMs]);
        return rowCount === 1;
      }),
    release: async ({ id, run, epoch }, reason) =>
      (await request(id, { type: 'ReleaseTestEnvironment', run, epoch, reason })).ok,
    reap: (limit) => atomically((moment) => reapEnvironments(moment, limit)),
    sweep: (limit) => atomically((moment) => sweepEnvironments(moment, limit)),
    forget: (olderThanMs, limit) =>
      atomically(async ({ client, now: at }) => (await client.query(FORGET, [at - olderThanMs, limit])).rowCount ?? 0),
    lookAgain: (cluster, namespace) =>
      atomically(
        async ({ client, now: at }) => (await client.query(LOOK_AGAIN, [cluster, namespace, at])).rowCount === 1,
      ),
    takeWork: (limit, forMs) => atomically((moment) => takeWork(moment, limit, forMs)),
    settle: (work, requests, againInMs) => atomically((moment) => settle(moment, work, requests, againInMs)),
  };
};

const databaseNow = async (client: ClientBase): Promise<number> => {
  const { rows } = await client.query<{ readonly now: string }>('select journal.now_us() / 1000 as now');
  return Number(rows[0]?.now);
};

const EXTEND = `update journal.test_environments set lease_until = $4
  where id = $1 and status = 'running' and state->>'run' = $2 and (state->>'epoch')::int = $3`;

const FORGET = `delete from journal.test_environments where id in (
  select id from journal.test_environments where status = 'destroyed' and destroyed_at < $1
    order by destroyed_at limit $2 for update skip locked)`;

const decideById = async ({ client, now }: Moment, id: string, wanted: EnvironmentRequest): Promise<Commanded> => {
  const row = await lockRow(client, id);
  if (row === undefined) return { ok: false, refusal: 'TestEnvironmentNotFound' };
  const refusal = await decideOn(client, row, stamped(wanted, now));
  return refusal === undefined ? { ok: true, environment: storedOf(row) } : { ok: false, refusal };
};

const stamped = (request: EnvironmentRequest, now: number): TestEnvironmentCommand =>
  JSON.parse(JSON.stringify({ ...request, now }, storable)) as TestEnvironmentCommand;

/** What providers say may hold what no JSON of PostgreSQL takes: neither row nor stream holds it then. */
const storable = (_name: string, value: unknown): unknown =>
  typeof value === 'string' ? value.toWellFormed().replaceAll('\0', '\ufffd') : value;

const find = async (pool: Pool, id: string): Promise<StoredTestEnvironment | undefined> => {
  const sql = 'select id, workspace, state from journal.test_environments where id = $1';
  return (await pool.query<StoredTestEnvironment>(sql, [id])).rows[0];
};

const list = async (pool: Pool, { workspace, context, withDestroyed, limit, offset }: TestEnvironmentQuery) => {
  const source = `from journal.test_environments where workspace = $1 and ($2::text is null or context = $2)
    and ($3 or status <> 'destroyed')`;
  const values = [workspace, context ?? null, withDestroyed ?? false];
  const page = `select id, workspace, state ${source} order by seq desc limit $4 offset $5`;
  const { rows } = await pool.query<StoredTestEnvironment>(page, [...values, limit, offset]);
  const count = await pool.query<{ readonly total: number }>(`select count(*)::int as total ${source}`, values);
  return { items: rows, total: count.rows[0]?.total ?? 0 };
};

// One row: who changes several locks them in an order that this does not know. Who is looking finds another time than the one it took.
const LOOK_AGAIN = `update journal.test_environments
  set due = case when due > $3 then $3 else greatest($3, due + 1) end
  where cluster = $1 and namespace = $2 and status <> 'destroyed' and (due > $3 or (due <= $3 and taken_until >= $3))`;

const DUE = `where e.due <= $1 and e.taken_until < $1 order by e.due limit $2 for update of h, e skip locked`;

const takeWork = async ({ client, now }: Moment, limit: number, forMs: number): Promise<readonly EnvironmentWork[]> => {
  const rows = await lockRows(client, DUE, [now, limit]);
  await client.query(
    'update journal.test_environments set token = token + 1, taken_until = $2 where id = any ($1::text[])',
    [rows.map(({ id }) => id), now + forMs],
  );
  return rows.map((row) => ({ ...storedOf(row), token: row.token + 1, ver: row.ver, now, due: row.due ?? 0 }));
};

const settle = async (
  { client, now }: Moment,
  work: EnvironmentWork,
  requests: readonly EnvironmentRequest[],
  againInMs: number,
): Promise<boolean> => {
  const row = await lockRow(client, work.id);
  if (row === undefined || row.token !== work.token) return false;
  const wasChanged = row.ver !== work.ver || row.due !== work.due;
  for (const request of requests) await decideOn(client, row, stamped(request, now));
  await client.query(
    `update journal.test_environments set taken_until = 0, due = case when due is not null then $2::bigint end
      where id = $1`,
    [row.id, now + (wasChanged ? 0 : againInMs)],
  );
  return true;
};
