import type { ConfigEventType, ValueMap } from '@testmesh/domain';
import type { AuditedStore, Caller } from './audited-store.ts';
import { type Changed, changed, refused } from './changed.ts';
import { type QueueLimits, queueLimits } from './queue-limits.ts';
import { isSeen, only, type Queryable, type Seen, uuid } from './rows.ts';

/** Where a workspace's runs may connect to; `allow` null lets everything through that is not denied. */
export interface OutboundRules {
  readonly allow: readonly string[] | null;
  readonly deny: readonly string[];
}

/** How much a workspace may use at once; null is no limit of its own. */
export interface WorkspaceLimits {
  readonly maxRunning: number | null;
}

interface Contents {
  readonly outbound: OutboundRules;
  readonly limits: WorkspaceLimits;
}

export type RuleKind = keyof Contents;

export interface Ruled<Content> {
  readonly content: Content;
  /** 0 while nothing was decided. */
  readonly version: number;
}

export interface WorkspaceRuleStore {
  readonly get: <Kind extends RuleKind>(workspace: string, kind: Kind) => Promise<Ruled<Contents[Kind]>>;
  readonly put: <Kind extends RuleKind>(
    caller: Caller,
    rule: { readonly kind: Kind; readonly content: Contents[Kind]; readonly seen: Seen | undefined },
  ) => Promise<Changed<Ruled<Contents[Kind]>>>;
}

const STANDARD: Contents = { outbound: { allow: null, deny: [] }, limits: { maxRunning: null } };
const TOLD = { outbound: 'OutboundRulesChanged', limits: 'WorkspaceLimitsChanged' } as const satisfies Readonly<
  Record<RuleKind, ConfigEventType>
>;

export const postgresWorkspaceRules = (
  store: AuditedStore,
  limits: QueueLimits = queueLimits(),
): WorkspaceRuleStore => ({
  get: (workspace, kind) => find(store.pool, workspace, kind),
  put: (caller, { kind, content, seen }) =>
    store.change(caller, async ({ client, record }) => {
      const known = await client.query('select 1 from testmesh.workspaces where id = $1 for update', [
        uuid(caller.workspace),
      ]);
      if (known.rows.length === 0) return refused('NotFound');
      const before = await find(client, caller.workspace, kind);
      if (!isSeen(seen, before.version)) return refused('ChangedMeanwhile');
      const { rows } = await client.query<{ version: number }>(
        `insert into testmesh.workspace_rules (workspace_id, kind, content) values ($1, $2, $3)
         on conflict (workspace_id, kind) do update
           set content = excluded.content, version = workspace_rules.version + 1, updated_at = now()
         returning version`,
        [uuid(caller.workspace), kind, JSON.stringify(content)],
      );
      if (kind === 'limits') await limits.set(client, caller.workspace, (content as WorkspaceLimits).maxRunning);
      record(TOLD[kind], { ...content } as ValueMap);
      return changed({ content, version: only(rows).version });
    }),
});

const find = async <Kind extends RuleKind>(
  db: Queryable,
  workspace: string,
  kind: Kind,
): Promise<Ruled<Contents[Kind]>> => {
  const sql = 'select content, version from testmesh.workspace_rules where workspace_id = $1 and kind = $2';
  const { rows } = await db.query<Ruled<Contents[Kind]>>(sql, [uuid(workspace), kind]);
  return rows[0] ?? { content: STANDARD[kind], version: 0 };
};
