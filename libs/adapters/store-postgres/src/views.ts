import { FEED_START, type ViewChange, type ViewStore } from '@testmesh/ports';
import type pg from 'pg';
import { keepCoverage } from './coverage.ts';
import { countDays } from './flow-days.ts';
import type { Queryable } from './rows.ts';
import { columnNames, runRows, stepRows, viewBytes, writeRunsSql } from './view-columns.ts';

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
  commit: (projector, expected, next, changes) =>
    inTransaction(pool, async (client) => {
      // A crash may take the newest pages away, and their checkpoint with them: they are projected again.
      await client.query('set local synchronous_commit to off');
      if (!(await moveCheckpoint(client, { projector, expected, next }))) return false;
      await countDays(client, projector, changes);
      if (changes.length > 0) await writeRuns(client, projector, changes);
      await writeSteps(client, projector, changes);
      await keepCoverage(client, projector, changes);
      return true;
    }),
  park: async (projector, stream, ver, error) => {
    await pool.query(
      `insert into testmesh.parked_streams (projector, stream, ver, error) values ($1, $2, $3, $4)
       on conflict (projector, stream) do nothing`,
      [projector, stream, ver, error],
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

const inTransaction = async <Value>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<Value>): Promise<Value> => {
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

interface Move {
  readonly projector: string;
  readonly expected: string;
  readonly next: string;
}

/** The compare-and-set that makes a second projector of one name harmless. */
const moveCheckpoint = async (client: Queryable, { projector, expected, next }: Move): Promise<boolean> => {
  if (expected === FEED_START) {
    const first = await client.query(
      `insert into testmesh.projection_checkpoint (projector, cursor) values ($1, $2)
       on conflict (projector) do nothing`,
      [projector, next],
    );
    if (first.rowCount === 1) return true;
  }
  const moved = await client.query(
    `update testmesh.projection_checkpoint set cursor = $3, updated_at = now() where projector = $1 and cursor = $2`,
    [projector, expected, next],
  );
  return moved.rowCount === 1;
};

const writeRuns = async (client: Queryable, projector: string, changes: readonly ViewChange[]): Promise<void> => {
  await client.query(writeRunsSql(columnNames(changes)), [projector, runRows(changes), viewBytes(changes)]);
};

const writeSteps = async (client: Queryable, projector: string, changes: readonly ViewChange[]): Promise<void> => {
  const told = changes.filter(({ steps }) => steps !== undefined);
  if (told.length === 0) return;
  await client.query('delete from testmesh.step_view where projector = $1 and stream = any($2)', [
    projector,
    told.map(({ stream }) => stream),
  ]);
  await client.query(
    `insert into testmesh.step_view
       (projector, stream, workspace, run_id, flow_name, path, step_id, action, status, duration_ms, error,
        started_at, finished_at)
     select $1, s.stream, v.workspace, v.run_id, v.flow_name, s.path, s.id, s.action, s.status, s."durationMs", s.error,
       s."startedAt", s."finishedAt"
     from json_to_recordset($2) as s(stream text, path text, id text, action text, status text,
       "durationMs" double precision, error text, "startedAt" bigint, "finishedAt" bigint)
     join testmesh.run_view v on v.projector = $1 and v.stream = s.stream`,
    [projector, stepRows(told)],
  );
};

const discard = async (client: Queryable, projector: string): Promise<number> => {
  const shown = await client.query('select view from testmesh.serving_views where projector = $1 for update', [
    projector,
  ]);
  if (shown.rows.length > 0) throw new Error(`the views of ${projector} are shown; show another projector's first`);
  await client.query('delete from testmesh.step_view where projector = $1', [projector]);
  await client.query('delete from testmesh.flow_day where projector = $1', [projector]);
  await client.query('delete from testmesh.coverage_view where projector = $1', [projector]);
  await client.query('delete from testmesh.parked_streams where projector = $1', [projector]);
  await client.query('delete from testmesh.projection_checkpoint where projector = $1', [projector]);
  return (await client.query('delete from testmesh.run_view where projector = $1', [projector])).rowCount ?? 0;
};
