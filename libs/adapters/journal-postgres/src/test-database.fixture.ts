import { randomUUID } from 'node:crypto';
import type { QueueWorld } from '@testmesh/testing/contracts';
import pg from 'pg';
import { migrateJournal } from './migrate.ts';
import { postgresJournal } from './postgres-journal.ts';
import { postgresQueue } from './postgres-queue.ts';
import { type QueueRow, stateOf } from './queue-row.ts';

/** A database of a suite's own. */
export interface TestDatabase {
  readonly url: string;
  readonly pool: pg.Pool;
  /** Empties every table of the journal. */
  readonly empty: () => Promise<void>;
  readonly drop: () => Promise<void>;
}

export const testDatabase = async (server: string): Promise<TestDatabase> => {
  const name = `journal_${randomUUID().replaceAll('-', '')}`;
  await onServer(server, `create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  await migrateJournal(url.href, 'up');
  const pool = new pg.Pool({ connectionString: url.href, max: 20, pipeline: true });
  // Dropping the database by force may end a connection that is just closing.
  pool.on('error', () => undefined);
  return {
    url: url.href,
    pool,
    empty: async () => {
      await pool.query(
        `truncate journal.events, journal.head, journal.blobs, journal.run_secrets, journal.run_queue,
          journal.workspace_limits, journal.workspace_turns, journal.archives`,
      );
    },
    drop: async () => {
      await pool.end();
      await onServer(server, `drop database ${name} with (force)`);
    },
  };
};

/** The queue as the contract suites take it, on an emptied database. */
export const postgresQueueWorld = async ({ pool, empty }: TestDatabase): Promise<QueueWorld> => {
  await empty();
  return {
    journal: postgresJournal(pool),
    queue: postgresQueue(pool),
    rows: async () => {
      const { rows } = await pool.query<QueueRow>('select * from journal.run_queue order by seq');
      return rows.map((row) => ({ runId: row.run_id, state: stateOf(row) }));
    },
    endLeases: async () => {
      await pool.query(
        "update journal.run_queue set lease_until = clock_timestamp() - interval '1 s' where state = 'running'",
      );
    },
    limit: async (workspace, maxRunning) => {
      await pool.query('insert into journal.workspace_limits (workspace, max_running) values ($1, $2)', [
        workspace,
        maxRunning,
      ]);
    },
    now: async () => {
      const { rows } = await pool.query<{ readonly now: string }>('select journal.now_us() as now');
      return Number(rows[0]?.now);
    },
  };
};

const onServer = async (server: string, statement: string): Promise<void> => {
  const client = new pg.Client(server);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
};

export const secretKeys = { current: 'k1', keys: new Map([['k1', new Uint8Array(32).fill(7)]]) };
