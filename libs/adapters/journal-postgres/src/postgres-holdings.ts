import type { RunHoldings } from '@testmesh/ports';
import type { Pool } from 'pg';

interface HeldRow {
  readonly run_id: string;
  readonly workspace: string;
  readonly epoch: number;
  readonly attempts: number;
  readonly ver: number;
}

const HELD = `select q.run_id, q.workspace, q.epoch, q.attempts, h.ver
  from journal.run_queue q join journal.head h on h.stream = 'run-' || q.run_id
  where q.state = 'running' and q.workspace = $1
    and case when $3 then starts_with(q.owner, $2) else q.owner = $2 end
  order by q.seq`;

/** Who holds which runs, in PostgreSQL. */
export const postgresHoldings = (pool: Pool): RunHoldings => ({
  heldBy: async ({ workspace, executor, isPrefix = false }) => {
    const { rows } = await pool.query<HeldRow>(HELD, [workspace, executor, isPrefix]);
    return rows.map(({ run_id, attempts, ...run }) => ({ runId: run_id, attempt: attempts, ...run }));
  },
  addBlob: async (runId, hash) => {
    await pool.query('insert into journal.run_blobs (run_id, hash) values ($1, $2) on conflict do nothing', [
      runId,
      hash,
    ]);
  },
  blobsOf: async (runId, hashes) => {
    const sql = 'select hash from journal.run_blobs where run_id = $1 and hash = any($2)';
    return new Set((await pool.query<{ readonly hash: string }>(sql, [runId, hashes])).rows.map(({ hash }) => hash));
  },
  forgetBlobs: async (runId) => {
    await pool.query('delete from journal.run_blobs where run_id = $1', [runId]);
  },
});
