import type { ConfigEventType, ValueMap } from '@testmesh/domain';
import DataLoader from 'dataloader';
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
): WorkspaceRuleStore => {
  // Runs that are claimed together begin together, each with the rules as they stand then.
  const rules = new DataLoader((asked: readonly Asked[]) => findAll(store.pool, asked), { cache: false });
  return {
    get: async <Kind extends RuleKind>(workspace: string, kind: Kind) =>
      (await rules.load({ workspace, kind })) as Ruled<Contents[Kind]>,
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
  };
};

interface Asked {
  readonly workspace: string;
  readonly kind: RuleKind;
}

interface RuleRow extends Ruled<Contents[RuleKind]> {
  readonly workspace_id: string;
  readonly kind: RuleKind;
}

const FIND = `select workspace_id, kind, content, version from testmesh.workspace_rules
  where workspace_id = any($1::uuid[])`;

/** One for each that was asked for, in that order, by one statement. */
const findAll = async (db: Queryable, asked: readonly Asked[]): Promise<readonly Ruled<Contents[RuleKind]>[]> => {
  const { rows } = await db.query<RuleRow>(FIND, [asked.map(({ workspace }) => uuid(workspace))]);
  return asked.map(({ workspace, kind }) => {
    const row = rows.find((found) => found.workspace_id === workspace.toLowerCase() && found.kind === kind);
    return row ? { content: row.content, version: row.version } : { content: STANDARD[kind], version: 0 };
  });
};

const find = async <Kind extends RuleKind>(
  db: Queryable,
  workspace: string,
  kind: Kind,
): Promise<Ruled<Contents[Kind]>> => only(await findAll(db, [{ workspace, kind }])) as Ruled<Contents[Kind]>;
