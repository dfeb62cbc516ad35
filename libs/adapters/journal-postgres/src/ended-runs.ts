import { type Envelope, parseJson, type RunEvent } from '@testmesh/domain';
import type { EndedRun, EndedRuns } from '@testmesh/ports';
import type { Pool } from 'pg';
import { placeOf } from './postgres-feed.ts';

// What does not begin with a request is no run.
const SOURCE = `from journal.events e join journal.events r on r.born = e.born and r.stream = e.stream and r.ver = 1
    and r.type = 'RunRequested'
  where e.type = 'RunCompleted'`;
// As in the feed: only what no open transaction can still come before is given out.
const AFTER = `and (e.xid, e.gpos) > ($1::xid8, $2::bigint) and e.xid < pg_snapshot_xmin(pg_current_snapshot())`;
const ENDED = `select e.at, e.body as completed, r.body as requested, e.xid || ':' || e.gpos as cursor`;
const LAG = `select greatest(0, (journal.now_us() - e.at) / 1000.0)::float8 as lag ${SOURCE} ${AFTER}
  order by e.xid, e.gpos limit 1`;

interface Row {
  readonly at: string;
  readonly completed: Buffer;
  readonly requested: Buffer;
  readonly cursor: string;
}

/** The ends of runs in PostgreSQL; an index of their own makes them cheap to wait for. */
export const postgresEndedRuns = (pool: Pool): EndedRuns => ({
  after: async (cursor, limit) => {
    const sql = `${ENDED} ${SOURCE} ${AFTER} order by e.xid, e.gpos limit $3`;
    const { rows } = await pool.query<Row>(sql, [...placeOf(cursor), limit]);
    return { ended: rows.map(endedRun), cursor: rows.at(-1)?.cursor ?? cursor };
  },
  of: async (runId) => {
    const { rows } = await pool.query<Row>(`${ENDED} ${SOURCE} and e.born = journal.born($1) and e.stream = $1`, [
      `run-${runId}`,
    ]);
    return rows.map(endedRun)[0];
  },
  lagMs: async (cursor) => (await pool.query<{ readonly lag: number }>(LAG, [...placeOf(cursor)])).rows[0]?.lag ?? 0,
});

type Fact<Type extends RunEvent['type']> = Omit<Extract<RunEvent, { readonly type: Type }>, 'type'>;

const envelope = (body: Buffer): Envelope => parseJson(body.toString('utf8')) as unknown as Envelope;

const endedRun = ({ at, completed, requested }: Row): EndedRun => {
  const { stream, workspace, data } = envelope(requested);
  const { flow, environment, trigger } = data as unknown as Fact<'RunRequested'>;
  const { verdict, reason } = envelope(completed).data as unknown as Fact<'RunCompleted'>;
  return {
    runId: stream.slice('run-'.length),
    workspace,
    flow: { name: flow.name, ...(flow.id !== undefined && { id: flow.id }) },
    ...(environment !== undefined && { environment }),
    ...(trigger !== undefined && { trigger }),
    verdict,
    ...(reason !== undefined && { reason }),
    endedAt: Number(at),
  };
};
