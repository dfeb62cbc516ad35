import { FEED_START, NotStorable, type ViewStore } from '@testmesh/ports';
import pg from 'pg';
import { keepCoverage } from './coverage.ts';
import { countDays } from './flow-days.ts';
import { type PackedChange, packed } from './packed-views.ts';
import { inTransaction, type Queryable, type Statement } from './rows.ts';
import { columnNames, longParts, runRows, storable, writeRunsSql } from './view-columns.ts';

// V1. Rows and checkpoint change in one transaction, guarded by the checkpoint's old value.
// V2. Every row belongs to a projector: another one may fill its own set while this one is read.
// V3. What people see is the set of the projector that `show` named last.

export interface PostgresViews extends ViewStore {
  /** From now on `view` shows what this projector keeps. */
  readonly show: (view: string, projector: string) => Promise<void>;
  readonly shown: (view: string) => Promise<string | undefined>;
  /** Takes a stream back in: its events are given again. */
  readonly release: (projector: string, stream: string) => Promise<boolean>;
  /** Deletes a set that is not shown any more; the number of its runs. */
  readonly discard: (projector: string) => Promise<number>;
}

export const postgresViews = (pool: pg.Pool): PostgresViews => ({
  cursor: async (projector) => {
    const sql = 'select cursor from testmesh.projection_checkpoint where projector = $1';
    return (await pool.query<{ cursor: string }>(sql, [projector])).rows[0]?.cursor ?? FEED_START;
  },
  versions: async (projector, streams) => {
    const sql = 'select stream, ver from testmesh.run_view where projector = $1 and stream = any($2)';
    const { rows } = await pool.query<{ stream: string; ver: number }>(sql, [projector, streams]);
    return new Map(rows.map(({ stream, ver }) => [stream, ver]));
  },
  commit: async (projector, expected, next, changes) =>
    commit(pool, { projector, expected, next }, await packed(changes)),
  park: async (projector, stream, ver, error) => {
    await pool.query(
      `insert into testmesh.parked_streams (projector, stream, ver, error) values ($1, $2, $3, $4)
       on conflict (projector, stream) do nothing`,
      [projector, stream, ver, storable(error)],
    );
  },
  parked: async (projector) => {
    const sql = 'select stream, ver, error from testmesh.parked_streams where projector = $1 order by parked_at';
    const { rows } = await pool.query<{ stream: string; ver: number; error: string }>(sql, [projector]);
    return new Map(rows.map(({ stream, ver, error }) => [stream, { ver, error }]));
  },
  release: async (projector, stream) => {
    const sql = 'delete from testmesh.parked_streams where projector = $1 and stream = $2';
    return (await pool.query(sql, [projector, stream])).rowCount === 1;
  },
  show: async (view, projector) => {
    await pool.query(
      `insert into testmesh.serving_views (view, projector) values ($1, $2)
       on conflict (view) do update set projector = excluded.projector, since = now()`,
      [view, projector],
    );
  },
  shown: async (view) => {
    const sql = 'select projector from testmesh.serving_views where view = $1';
    return (await pool.query<{ projector: string }>(sql, [view])).rows[0]?.projector;
  },
  discard: (projector) => inTransaction(pool, (client) => discard(client, projector)),
});

interface Move {
  readonly projector: string;
  readonly expected: string;
  readonly next: string;
}

/** V1: sent as one, PostgreSQL works on it while the next page is folded here. */
const commit = async (pool: pg.Pool, move: Move, changes: readonly PackedChange[]): Promise<boolean> => {
  // All of it is there before any is sent: what failed here in between would be committed without.
  const statements = [...BEGIN, moveCheckpoint(move), ...writeRuns(move.projector, changes), COMMIT];
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await Promise.all(statements.map(({ sql, values }) => client.query(sql, values)));
    return true;
  } catch (cause) {
    await client.query('rollback').catch((error: Error) => {
      broken = error;
    });
    if (isMoved(cause)) return false;
    throw isRefused(cause) ? new NotStorable(cause.message, { cause }) : cause;
  } finally {
    client.release(broken);
  }
};

const BEGIN: readonly Statement[] = [
  { sql: 'begin', values: [] },
  // A crash may take the newest pages away, and their checkpoint with them: they are projected again.
  { sql: 'set local synchronous_commit to off', values: [] },
];
/** Rolls back where a statement before it was refused. */
const COMMIT: Statement = { sql: 'commit', values: [] };

/** The compare-and-set that makes a second projector of one name harmless: after a miss nothing more is taken. */
const moveCheckpoint = ({ projector, expected, next }: Move): Statement => ({
  sql: 'select testmesh.move_checkpoint($1, $2, $3)',
  values: [projector, expected, next],
});

/** As `testmesh.move_checkpoint` raises it. */
const isMoved = (cause: unknown): boolean => cause instanceof pg.DatabaseError && cause.code === 'TM409';

/** Data exceptions, broken constraints and exceeded limits: the classes of SQLSTATE that no second try cures. */
const isRefused = (cause: unknown): cause is pg.DatabaseError =>
  cause instanceof pg.DatabaseError && ['22', '23', '54'].includes(cause.code?.slice(0, 2) ?? '');

const writeRuns = (projector: string, changes: readonly PackedChange[]): readonly Statement[] => {
  if (changes.length === 0) return [];
  const rows = runRows(changes);
  return [
    countDays(projector, rows),
    { sql: writeRunsSql(columnNames(changes)), values: [projector, rows, longParts(changes)] },
    ...keepCoverage(projector, changes),
  ];
};

const discard = async (client: Queryable, projector: string): Promise<number> => {
  const shown = await client.query('select view from testmesh.serving_views where projector = $1 for update', [
    projector,
  ]);
  if (shown.rows.length > 0) throw new Error(`the views of ${projector} are shown; show another projector's first`);
  await client.query('delete from testmesh.flow_day where projector = $1', [projector]);
  await client.query('delete from testmesh.coverage_view where projector = $1', [projector]);
  await client.query('delete from testmesh.parked_streams where projector = $1', [projector]);
  await client.query('delete from testmesh.projection_checkpoint where projector = $1', [projector]);
  return (await client.query('delete from testmesh.run_view where projector = $1', [projector])).rowCount ?? 0;
};
