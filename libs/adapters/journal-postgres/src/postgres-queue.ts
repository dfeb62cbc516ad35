import { type RunCommand, runEventVersion } from '@testmesh/domain';
import type {
  CancelOutcome,
  ClaimedRun,
  ClaimRequest,
  HeldRun,
  LeaseReply,
  QueuedRun,
  ReapedRun,
  ReapPolicy,
  RunQueue,
} from '@testmesh/ports';
import type { Pool } from 'pg';
import { eventColumns } from './batch.ts';
import { type Decided, decideAll, lockExpired, lockRow } from './queue-row.ts';
import { inTransaction } from './transaction.ts';

/** Runs that wait, in PostgreSQL; leases end by the database's clock. */
export const postgresQueue = (pool: Pool): RunQueue => ({
  request: (runs) => request(pool, runs),
  claim: (wanted) => claim(pool, wanted),
  heartbeat: (executor, runs, leaseMs) => heartbeat(pool, executor, runs, leaseMs),
  release: async ({ runId, epoch }, reason) =>
    (await decide(pool, runId, { type: 'ReleaseRun', epoch, reason })) !== undefined,
  cancel: (runId, by) => cancel(pool, runId, by),
  reap: (policy) => reap(pool, policy),
  unpark: async (runId, by) => (await decide(pool, runId, { type: 'UnparkRun', by })) !== undefined,
});

const request = async (pool: Pool, runs: readonly QueuedRun[]): Promise<readonly boolean[]> => {
  if (runs.length === 0) return [];
  const { rows } = await pool.query<{ readonly queued: boolean }>(
    `select * from journal.request_runs($1::text[], $2::text[], $3::text[], $4::int[], $5::bigint[], $6::text[],
      $7::text[], $8::text[], $9::int[], $10::bytea)`,
    [
      runs.map(({ runId }) => runId),
      runs.map(({ workspace }) => workspace),
      runs.map(({ pool: name }) => name),
      runs.map(({ priority }) => priority),
      runs.map(({ notBefore }) => notBefore ?? null),
      runs.map(({ exclusive }) => JSON.stringify(exclusive)),
      ...eventColumns(runs.map(({ event }) => event)),
    ],
  );
  return rows.map(({ queued }) => queued);
};

interface ClaimRow {
  readonly run_id: string;
  readonly workspace: string;
  readonly epoch: number;
  readonly attempt: number;
  readonly ver: number;
}

const claim = async (
  pool: Pool,
  { executor, pools, slots, leaseMs, workspace }: ClaimRequest,
): Promise<readonly ClaimedRun[]> => {
  const { rows } = await pool.query<ClaimRow>('select * from journal.claim($1, $2::text[], $3, $4, $5, $6)', [
    executor,
    pools,
    slots,
    leaseMs,
    runEventVersion('RunClaimed'),
    workspace ?? null,
  ]);
  return rows.map(({ run_id, ...run }) => ({ runId: run_id, ...run }));
};

// Rows are locked in the order of their ids, as appends that end several runs do.
const HEARTBEAT = `with held as (
    select q.run_id from journal.run_queue q join unnest($2::text[], $3::int[]) as mine (run_id, epoch)
      on q.run_id = mine.run_id and q.epoch = mine.epoch
      where q.owner = $1 order by q.run_id for update of q
  )
  update journal.run_queue q set lease_until = clock_timestamp() + $4 * interval '1 millisecond'
    from held where q.run_id = held.run_id
    returning q.run_id, q.epoch, q.cancelled_by`;

interface HeldRow {
  readonly run_id: string;
  readonly epoch: number;
  readonly cancelled_by: string | null;
}

const heartbeat = async (
  pool: Pool,
  executor: string,
  runs: readonly HeldRun[],
  leaseMs: number,
): Promise<readonly LeaseReply[]> => {
  if (runs.length === 0) return [];
  const values = [executor, runs.map(({ runId }) => runId), runs.map(({ epoch }) => epoch), leaseMs];
  const { rows } = await pool.query<HeldRow>(HEARTBEAT, values);
  const held = new Map(rows.map((row) => [row.run_id, row]));
  return runs.map(({ runId, epoch }) => {
    const row = held.get(runId);
    if (row === undefined || row.epoch !== epoch) return { runId, epoch, lease: 'lost' };
    return { runId, epoch, lease: 'held', ...(row.cancelled_by === null ? {} : { cancelledBy: row.cancelled_by }) };
  });
};

/** `undefined` where the run is not in the queue or the decider refused. */
const decide = (pool: Pool, runId: string, command: RunCommand): Promise<Decided> =>
  inTransaction(pool, async (client) => {
    const row = await lockRow(client, runId);
    return row && (await decideAll(client, [[row, command]]))[0];
  });

const cancel = (pool: Pool, runId: string, by: string): Promise<CancelOutcome> =>
  inTransaction(pool, async (client) => {
    const row = await lockRow(client, runId);
    if (row === undefined) {
      const ended = 'select from journal.head where stream = $1 and terminal';
      return (await client.query(ended, [`run-${runId}`])).rowCount === 1 ? 'finished' : 'absent';
    }
    const [state] = await decideAll(client, [[row, { type: 'CancelRun', by }]]);
    return state?.status === 'finished' ? 'cancelled' : 'requested';
  });

const reap = (pool: Pool, { maxAttempts, limit }: ReapPolicy): Promise<readonly ReapedRun[]> =>
  inTransaction(pool, async (client) => {
    const rows = await lockExpired(client, limit);
    const states = await decideAll(
      client,
      rows.map((row) => [row, { type: 'ExpireLease', epoch: row.epoch, maxAttempts }]),
    );
    return rows.map(({ run_id }, at) => ({
      runId: run_id,
      outcome: states[at]?.status === 'parked' ? 'parked' : 'requeued',
    }));
  });
