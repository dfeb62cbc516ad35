import type pg from 'pg';
import { type Listed, listRows, only, type Page, uuid } from './rows.ts';
import { storable } from './view-columns.ts';

/** What a host told of, for one rule. */
export interface GitDelivery {
  readonly id: string;
  /** As the host calls it. */
  readonly delivery: string;
  readonly event: string;
  readonly branch: string;
  readonly sha: string;
  readonly runId: string;
  /** `received` until the run was asked for, or refused. */
  readonly status: 'received' | 'started' | 'failed';
  readonly error: string | null;
  readonly receivedAt: Date;
}

interface NewGitDelivery extends Pick<GitDelivery, 'delivery' | 'event' | 'branch' | 'sha' | 'runId'> {
  readonly ruleId: string;
  /** sha256 of the body. */
  readonly bodyHash: Uint8Array;
}

export interface GitDeliveryStore {
  /** Keeps what came; the same body again answers with what was kept then. */
  readonly take: (delivery: NewGitDelivery) => Promise<GitDelivery>;
  readonly finish: (id: string, error: string | null) => Promise<void>;
  readonly list: (workspace: string, ruleId: string, page: Page) => Promise<Listed<GitDelivery>>;
}

const COLUMNS =
  'd.id, d.delivery, d.event, d.branch, d.sha, d.run_id as "runId", d.status, d.error, d.received_at as "receivedAt"';

export const postgresGitDeliveries = (pool: pg.Pool): GitDeliveryStore => ({
  take: async ({ ruleId, bodyHash, delivery, event, branch, sha, runId }) => {
    await pool.query(
      `insert into testmesh.git_deliveries (rule_id, body_hash, delivery, event, branch, sha, run_id)
       values ($1, $2, $3, $4, $5, $6, $7) on conflict (rule_id, body_hash) do nothing`,
      [ruleId, bodyHash, delivery, event, branch, sha, runId],
    );
    const sql = `select ${COLUMNS} from testmesh.git_deliveries d where d.rule_id = $1 and d.body_hash = $2`;
    return only((await pool.query<GitDelivery>(sql, [ruleId, bodyHash])).rows);
  },
  finish: async (id, error) => {
    const sql = 'update testmesh.git_deliveries set status = $2, error = $3 where id = $1';
    await pool.query(sql, [id, error === null ? 'started' : 'failed', storable(error)]);
  },
  list: (workspace, ruleId, page) =>
    listRows<GitDelivery>(
      pool,
      {
        columns: COLUMNS,
        source: `from testmesh.git_deliveries d join testmesh.git_trigger_rules r on r.id = d.rule_id
          where r.workspace_id = $1 and r.id = $2`,
        order: 'd.received_at desc, d.id',
        values: [uuid(workspace), uuid(ruleId)],
      },
      page,
    ),
});
