import type { Placement } from '@testmesh/contracts';
import type { ValueMap } from '@testmesh/domain';
import type { AuditedStore, Caller, Transaction } from './audited-store.ts';
import { type Changed, changed, refused } from './changed.ts';
import { placementColumns, placementValues } from './placement.ts';
import { type Listed, listRows, lockRow, only, type Page, type Queryable, type Seen, uuid } from './rows.ts';
import { type Sealed, variableColumns, variablesOf } from './sealed-variables.ts';
import type { Sealer } from './sealing.ts';

export type GitProvider = 'github' | 'gitlab' | 'gitea';
type GitEventKind = 'push' | 'pull_request';

export interface GitTriggerRuleContent extends Partial<Placement> {
  readonly name: string;
  readonly provider: GitProvider;
  /** `owner/name`, in small letters. */
  readonly repository: string;
  /** Patterns of branches. */
  readonly branches: readonly string[];
  readonly events: readonly GitEventKind[];
  readonly flowId: string | null;
  readonly suiteId: string | null;
  readonly environmentId: string | null;
  readonly variables: ValueMap;
  /** Variables that were credentials when they were given: never shown again. */
  readonly secretNames?: readonly string[];
  readonly enabled: boolean;
}

export interface GitTriggerRule extends GitTriggerRuleContent {
  readonly pool: string;
  readonly priority: number;
  readonly secretNames: readonly string[];
  readonly id: string;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A rule as it judges what came: its secret in clear, never given out. */
export interface ListeningRule extends GitTriggerRule {
  readonly workspace: string;
  readonly secret: string;
}

interface GitTriggerRuleEdit {
  readonly id: string;
  readonly seen?: Seen | undefined;
}

export interface GitTriggerRuleStore {
  readonly list: (workspace: string, page: Page) => Promise<Listed<GitTriggerRule>>;
  readonly get: (workspace: string, id: string) => Promise<GitTriggerRule | undefined>;
  readonly create: (caller: Caller, content: GitTriggerRuleContent, secret: string) => Promise<Changed<GitTriggerRule>>;
  /** A secret that is not given stays as it is. */
  readonly update: (
    caller: Caller,
    edit: GitTriggerRuleEdit,
    change: { readonly content: GitTriggerRuleContent; readonly secret: string | undefined },
  ) => Promise<Changed<GitTriggerRule>>;
  readonly remove: (caller: Caller, edit: GitTriggerRuleEdit) => Promise<Changed<undefined>>;
  /** Enabled rules of a repository, of every workspace; `onUnreadable` is told of those that cannot be opened, which are left out. */
  readonly listening: (
    provider: GitProvider,
    repository: string,
    onUnreadable?: (error: Error) => void,
  ) => Promise<readonly ListeningRule[]>;
}

/** So many workspaces may listen to one repository: whoever sends something costs a signature each. */
const MOST_LISTENING = 100;
const COLUMNS = `id, name, provider, repository, branches, events, flow_id as "flowId", suite_id as "suiteId",
  environment_id as "environmentId", ${variableColumns()}, secret_names as "secretNames", ${placementColumns()}, enabled, version, created_at as "createdAt", updated_at as "updatedAt"`;
const WRITTEN = [
  'name',
  'provider',
  'repository',
  'branches',
  'events',
  'flow_id',
  'suite_id',
  'environment_id',
  'variables',
  'sealed_variables',
  'secret_names',
  'pool',
  'priority',
  'enabled',
];
const CLASHES = { git_trigger_rules_name: 'NameTaken' } as const;

/** A sealed text opens as this rule's alone. */
export const ruleContext = (id: string): string => `git-trigger-rule/${id}`;

export const postgresGitTriggerRules = (store: AuditedStore, sealer: Sealer): GitTriggerRuleStore => ({
  list: async (workspace, page) => {
    const { items, total } = await listRows<Sealed<GitTriggerRule>>(
      store.pool,
      {
        columns: COLUMNS,
        source: 'from testmesh.git_trigger_rules where workspace_id = $1',
        order: 'name, id',
        values: [uuid(workspace)],
      },
      page,
    );
    return { items: items.map(openedBy(sealer)), total };
  },
  get: async (workspace, id) => {
    const sql = `select ${COLUMNS} from testmesh.git_trigger_rules where workspace_id = $1 and id = $2`;
    const [row] = (await store.pool.query<Sealed<GitTriggerRule>>(sql, [uuid(workspace), uuid(id)])).rows;
    return row && openedBy(sealer)(row);
  },
  create: (caller, content, secret) =>
    store.change(caller, (transaction) => insert({ transaction, caller, sealer }, content, secret), CLASHES),
  update: (caller, edit, change) =>
    store.change(caller, (transaction) => overwrite({ transaction, caller, sealer }, edit, change), CLASHES),
  remove: (caller, { id, seen }) =>
    store.change(caller, async ({ client, record }) => {
      const found = await lockRow(client, 'git_trigger_rules', { workspace: caller.workspace, id, seen });
      if (!found.ok) return found;
      const sql = `delete from testmesh.git_trigger_rules where id = $1 returning ${COLUMNS}`;
      record('GitTriggerRuleDeleted', summary(only((await client.query<Sealed<GitTriggerRule>>(sql, [id])).rows)));
      return changed(undefined);
    }),
  listening: async (provider, repository, onUnreadable) => {
    const sql = `select ${COLUMNS}, workspace_id as workspace, sealed from testmesh.git_trigger_rules
      where provider = $1 and repository = lower($2) and enabled
        and exists (select from testmesh.workspaces w where w.id = workspace_id and w.deleted_at is null)
      order by created_at, id limit $3`;
    type Row = Sealed<Omit<ListeningRule, 'secret'>> & { readonly sealed: string };
    const { rows } = await store.pool.query<Row>(sql, [provider, repository, MOST_LISTENING]);
    const opened = ({ sealed, ...rule }: Row): ListeningRule => ({
      ...variablesOf(sealer, 'git_trigger_rules').open(rule),
      secret: sealer.open(sealed, ruleContext(rule.id)),
    });
    return rows.flatMap((row) => {
      try {
        return [opened(row)];
      } catch (cause) {
        if (onUnreadable === undefined) throw cause;
        onUnreadable(new Error(`the rule ${row.id} of a repository cannot be read: ${String(cause)}`, { cause }));
        return [];
      }
    });
  },
});

/** The names of the rules that run a flow or a suite: switched off or not, they would find nothing to run. */
export const rulesNaming = async (
  client: Queryable,
  { flowId = null, suiteId = null }: { readonly flowId?: string | null; readonly suiteId?: string | null },
): Promise<readonly string[]> => {
  const sql = 'select name from testmesh.git_trigger_rules where flow_id = $1 or suite_id = $2 order by name';
  return (await client.query<{ name: string }>(sql, [flowId, suiteId])).rows.map(({ name }) => name);
};

const openedBy =
  (sealer: Sealer) =>
  (row: Sealed<GitTriggerRule>): GitTriggerRule =>
    variablesOf(sealer, 'git_trigger_rules').open(row);

interface Writing {
  readonly transaction: Transaction;
  readonly caller: Caller;
  readonly sealer: Sealer;
}

const insert = async (
  { transaction, caller, sealer }: Writing,
  content: GitTriggerRuleContent,
  secret: string,
): Promise<Changed<GitTriggerRule>> => {
  const missing = await missingTarget(transaction, caller, content);
  if (missing !== undefined) return missing;
  const id = crypto.randomUUID();
  const { rows } = await transaction.client.query<Sealed<GitTriggerRule>>(
    `insert into testmesh.git_trigger_rules (workspace_id, id, sealed, ${WRITTEN.join(', ')})
     values ($1, $2, $3, ${WRITTEN.map((_, at) => `$${at + 4}`).join(', ')}) returning ${COLUMNS}`,
    [uuid(caller.workspace), id, sealer.seal(secret, ruleContext(id)), ...valuesOf(sealer, id, content)],
  );
  const rule = openedBy(sealer)(only(rows));
  transaction.record('GitTriggerRuleCreated', summary(rule));
  return changed(rule);
};

const overwrite = async (
  { transaction, caller, sealer }: Writing,
  { id, seen }: GitTriggerRuleEdit,
  { content, secret }: { readonly content: GitTriggerRuleContent; readonly secret: string | undefined },
): Promise<Changed<GitTriggerRule>> => {
  const { client, record } = transaction;
  const found = await lockRow(client, 'git_trigger_rules', { workspace: caller.workspace, id, seen });
  if (!found.ok) return found;
  const missing = await missingTarget(transaction, caller, content);
  if (missing !== undefined) return missing;
  const { rows } = await client.query<Sealed<GitTriggerRule>>(
    `update testmesh.git_trigger_rules set sealed = coalesce($2, sealed),
       ${WRITTEN.map((name, at) => `${name} = $${at + 3}`).join(', ')},
       version = version + 1, updated_at = now() where id = $1 returning ${COLUMNS}`,
    [id, secret === undefined ? null : sealer.seal(secret, ruleContext(id)), ...valuesOf(sealer, id, content)],
  );
  const rule = openedBy(sealer)(only(rows));
  record('GitTriggerRuleUpdated', { ...summary(rule), secret_changed: secret !== undefined });
  return changed(rule);
};

/** A rule runs what its own workspace has. */
const missingTarget = async (
  { client }: Transaction,
  { workspace }: Caller,
  { flowId, suiteId, environmentId }: GitTriggerRuleContent,
) => {
  const has = async (table: 'flows' | 'suites' | 'environments', id: string | null): Promise<boolean> => {
    if (id === null) return true;
    const live = table === 'environments' ? '' : 'and deleted_at is null';
    const sql = `select from testmesh.${table} where workspace_id = $1 and id = $2 ${live} for share`;
    return ((await client.query(sql, [uuid(workspace), uuid(id)])).rowCount ?? 0) > 0;
  };
  if (!(await has('environments', environmentId))) return refused('EnvironmentNotFound');
  if (!(await has('flows', flowId))) return refused('FlowNotFound');
  return (await has('suites', suiteId)) ? undefined : refused('SuiteNotFound');
};

const valuesOf = (sealer: Sealer, id: string, rule: GitTriggerRuleContent): readonly unknown[] => {
  const [sealed, clear] = variablesOf(sealer, 'git_trigger_rules').seal(id, rule.variables);
  return [
    rule.name,
    rule.provider,
    rule.repository,
    rule.branches,
    rule.events,
    rule.flowId,
    rule.suiteId,
    rule.environmentId,
    clear,
    sealed,
    rule.secretNames ?? [],
    ...placementValues(rule),
    rule.enabled,
  ];
};

const summary = (rule: Omit<GitTriggerRule, 'variables'>): ValueMap => ({
  id: rule.id,
  name: rule.name,
  provider: rule.provider,
  repository: rule.repository,
  branches: [...rule.branches],
  events: [...rule.events],
  flow_id: rule.flowId,
  suite_id: rule.suiteId,
  environment_id: rule.environmentId,
  enabled: rule.enabled,
  version: rule.version,
});
