// A queue row is the state of a run as `runDecider` knows it, beside where and until when it waits. Whoever changes one locks
// the stream's head first and the row second, as an append does, and leaves the change to the decider.
import { hash } from 'node:crypto';
import {
  dataOf,
  type Envelope,
  type RunCommand,
  type RunEvent,
  type RunState,
  runDecider,
  runEventVersion,
} from '@testmesh/domain';
import type { ClientBase } from 'pg';
import { appendBatches } from './batch.ts';

export interface QueueRow {
  readonly run_id: string;
  readonly workspace: string;
  readonly state: 'queued' | 'running' | 'parked';
  readonly epoch: number;
  readonly attempts: number;
  readonly owner: string | null;
  readonly cancelled_by: string | null;
  readonly parked_for: string | null;
  /** Of the stream's head. */
  readonly ver: number;
  readonly fence: number;
  /** The database's clock, microseconds; int8 arrives as text. */
  readonly now: string;
}

const LOCKED = `select q.run_id, q.workspace, q.state, q.epoch, q.attempts, q.owner, q.cancelled_by, q.parked_for,
    h.ver, h.epoch as fence, journal.now_us() as now
  from journal.head h join journal.run_queue q on h.stream = 'run-' || q.run_id`;

export const lockRow = async (client: ClientBase, runId: string): Promise<QueueRow | undefined> =>
  (await client.query<QueueRow>(`${LOCKED} where q.run_id = $1 for update of h, q`, [runId])).rows[0];

/** Runs whose lease has ended, but for those that somebody else is changing. */
export const lockExpired = async (client: ClientBase, limit: number): Promise<readonly QueueRow[]> => {
  const expired = `${LOCKED} where q.state = 'running' and q.lease_until < clock_timestamp()
    order by q.lease_until limit $1 for update of h, q skip locked`;
  return (await client.query<QueueRow>(expired, [limit])).rows;
};

export const stateOf = ({ state, epoch, attempts, ...row }: QueueRow): RunState => {
  switch (state) {
    case 'queued':
      return { status: state, epoch, attempts };
    case 'running':
      return {
        status: state,
        epoch,
        attempts,
        executor: row.owner ?? '',
        ...(row.cancelled_by === null ? {} : { cancelledBy: row.cancelled_by }),
      };
    case 'parked':
      return { status: state, epoch, attempts, reason: row.parked_for ?? '' };
  }
};

/** What a command came to; `undefined` where it was refused and nothing was changed. */
export type Decided = RunState | undefined;

/** Decides each command on its locked row; events and rows change in the transaction of `client`. */
export const decideAll = async (
  client: ClientBase,
  commands: readonly (readonly [QueueRow, RunCommand])[],
): Promise<readonly Decided[]> => {
  const decisions = commands.map(([row, command]) => {
    const decision = runDecider.decide(command, stateOf(row));
    return { row, command, events: decision.ok ? decision.events : [] };
  });
  const changes = decisions.filter(({ events }) => events.length > 0);
  await append(client, changes);
  const folded = decisions.map(({ row, events }) => events.reduce(runDecider.evolve, stateOf(row)));
  await save(
    client,
    decisions.flatMap(({ row, events }, at) => (events.length === 0 ? [] : [[row.run_id, folded[at] as RunState]])),
  );
  return decisions.map(({ events }, at) => (events.length === 0 ? undefined : folded[at]));
};

interface Change {
  readonly row: QueueRow;
  readonly command: RunCommand;
  readonly events: readonly RunEvent[];
}

const append = async (client: ClientBase, changes: readonly Change[]): Promise<void> => {
  const batches = changes.map(({ row, command, events }) => {
    // Whatever takes a run from its owner is appended under the next epoch: the owner is refused from then on.
    const epoch = TAKES_OVER.has(command.type) ? Math.max(row.fence, row.epoch + 1) : row.fence;
    return {
      stream: streamOf(row.run_id),
      expectedVer: row.ver,
      epoch,
      events: events.map((event, at) => envelope(row, event, epoch, row.ver + 1 + at)),
    };
  });
  for (const [at, result] of (await appendBatches(client, batches)).entries()) {
    if (result.outcome === 'applied') continue;
    throw new Error(`the queue decided on ${batches[at]?.stream} under its lock and was answered ${result.outcome}`);
  }
};

const TAKES_OVER: ReadonlySet<RunCommand['type']> = new Set(['ReleaseRun', 'ExpireLease']);

const streamOf = (runId: string): string => `run-${runId}`;

const envelope = ({ run_id, workspace, now }: QueueRow, event: RunEvent, epoch: number, ver: number): Envelope => ({
  id: queueEventId(streamOf(run_id), ver),
  stream: streamOf(run_id),
  type: event.type,
  sv: runEventVersion(event.type),
  workspace,
  epoch,
  actor: 'queue',
  time: Number(now),
  data: dataOf(event),
});

/** As `journal.queue_event_id` says it. */
export const queueEventId = (stream: string, ver: number): string =>
  hash('sha256', `${stream}/queue/${ver}`).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');

const SAVE = `update journal.run_queue q
  set state = saved.state, epoch = saved.epoch, attempts = saved.attempts, owner = saved.owner,
    lease_until = case when saved.owner is not null then q.lease_until end,
    cancelled_by = saved.cancelled_by, parked_for = saved.parked_for
  from unnest($1::text[], $2::text[], $3::int[], $4::int[], $5::text[], $6::text[], $7::text[])
    as saved (run_id, state, epoch, attempts, owner, cancelled_by, parked_for)
  where q.run_id = saved.run_id`;

// A run that ended lost its row to the append already.
const save = async (client: ClientBase, rows: readonly (readonly [string, RunState])[]): Promise<void> => {
  const kept = rows.flatMap(([runId, state]) =>
    state.status === 'absent' || state.status === 'finished' ? [] : [{ runId, ...state }],
  );
  if (kept.length === 0) return;
  await client.query(SAVE, [
    kept.map(({ runId }) => runId),
    kept.map(({ status }) => status),
    kept.map(({ epoch }) => epoch),
    kept.map(({ attempts }) => attempts),
    kept.map((row) => (row.status === 'running' ? row.executor : null)),
    kept.map((row) => (row.status === 'running' ? (row.cancelledBy ?? null) : null)),
    kept.map((row) => (row.status === 'parked' ? row.reason : null)),
  ]);
};
