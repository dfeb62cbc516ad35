import type { ValueMap } from '@testmesh/domain';
import type { AuditedStore, Caller, Transaction } from './audited-store.ts';
import { type Changed, changed, refused } from './changed.ts';
import { clearDefault, holdDefault } from './default-environment.ts';
import {
  type EnvironmentContent,
  type OpenEnvironment,
  opened,
  resealed,
  type SealedVariable,
  type StoredEnvironment,
  sealedColumns,
} from './environment-content.ts';
import { environmentText } from './environment-text.ts';
import { renameAlong, schedulesIn } from './environment-users.ts';
import {
  containing,
  type Listed,
  listRows,
  lockRow,
  only,
  type Page,
  type Queryable,
  type Seen,
  uuid,
} from './rows.ts';
import { type KeptRouting, resealedRouting, shownRouting } from './sealed-services.ts';
import type { Sealer } from './sealing.ts';
import { runsWaitingFor } from './waiting-runs.ts';

export interface EnvironmentQuery extends Page {
  readonly search?: string;
}

export interface EnvironmentEdit {
  readonly id: string;
  readonly seen?: Seen | undefined;
}

export interface EnvironmentStore {
  readonly list: (workspace: string, query: EnvironmentQuery) => Promise<Listed<StoredEnvironment>>;
  readonly get: (workspace: string, nameOrId: string) => Promise<StoredEnvironment | undefined>;
  readonly default: (workspace: string) => Promise<StoredEnvironment | undefined>;
  /** With its secrets in clear: for an export that asked for them, and for a copy. */
  readonly open: (workspace: string, nameOrId: string) => Promise<OpenEnvironment | undefined>;
  /** As the text of an environment file, secrets in clear: it goes to executors, never into an answer. */
  readonly text: (
    workspace: string,
    nameOrId: string,
  ) => Promise<{ readonly name: string; readonly file: string; readonly text: string } | undefined>;
  readonly create: (caller: Caller, content: EnvironmentContent, id?: string) => Promise<Changed<StoredEnvironment>>;
  readonly update: (
    caller: Caller,
    edit: EnvironmentEdit,
    content: EnvironmentContent,
  ) => Promise<Changed<StoredEnvironment>>;
  readonly remove: (caller: Caller, edit: EnvironmentEdit) => Promise<Changed<undefined>>;
  readonly makeDefault: (caller: Caller, edit: EnvironmentEdit) => Promise<Changed<StoredEnvironment>>;
  readonly duplicate: (caller: Caller, id: string, name: string) => Promise<Changed<StoredEnvironment>>;
  /** Seals every secret that another master key sealed with the current one; how many environments changed. */
  readonly reencrypt: () => Promise<number>;
}

interface EnvironmentRow extends Omit<StoredEnvironment, 'variables' | 'routing'> {
  readonly routing: KeptRouting;
  readonly workspace: string;
  readonly variables: readonly SealedVariable[];
}

const COLUMNS = `id, workspace_id as workspace, name, description, color, is_default as "isDefault", protected,
  variables, routing, version, created_at as "createdAt", updated_at as "updatedAt"`;
const CLASHES = {
  environments_workspace_id_name_key: 'NameTaken',
  environments_default: 'ChangedMeanwhile',
  environments_pkey: 'AlreadyMade',
} as const;

export const postgresEnvironments = (store: AuditedStore, sealer: Sealer): EnvironmentStore => {
  const change = (caller: Caller, work: (transaction: Transaction) => Promise<Changed<EnvironmentRow>>) =>
    store.change(
      caller,
      async (transaction) => {
        const result = await work(transaction);
        return result.ok ? changed(shown(result.value)) : result;
      },
      CLASHES,
    );
  const open = async (workspace: string, nameOrId: string) => {
    const row = await find(store.pool, workspace, nameOrId);
    return row && opened(row, sealer);
  };
  return {
    list: async (workspace, query) => {
      const { items, total } = await listEnvironments(store.pool, workspace, query);
      return { items: items.map(shown), total };
    },
    get: async (workspace, nameOrId) => mapped(await find(store.pool, workspace, nameOrId)),
    default: async (workspace) => mapped(await findDefault(store.pool, workspace)),
    open,
    text: async (workspace, nameOrId) => {
      const environment = await open(workspace, nameOrId);
      return environment && environmentText(environment);
    },
    create: (caller, content, id) =>
      change(caller, (transaction) => insert(transaction, { caller, content, sealer, id })),
    update: (caller, edit, content) =>
      change(caller, (transaction) => overwrite(transaction, edit, { caller, content, sealer })),
    remove: (caller, edit) => store.change(caller, (transaction) => remove(transaction, caller, edit)),
    makeDefault: (caller, edit) => change(caller, (transaction) => makeDefault(transaction, caller, edit)),
    duplicate: (caller, id, name) =>
      change(caller, async (transaction) => {
        const source = await find(transaction.client, caller.workspace, id);
        if (source === undefined) return refused('NotFound');
        const content = { ...opened(source, sealer), name, isDefault: false };
        return insert(transaction, { caller, content, sealer });
      }),
    reencrypt: () => reencrypt(store, sealer),
  };
};

const shown = ({ workspace: _, variables, routing, ...row }: EnvironmentRow): StoredEnvironment => ({
  ...row,
  routing: shownRouting(routing),
  variables: variables.map(({ sealed, ...variable }) => (sealed === undefined ? variable : { ...variable })),
});
const mapped = (row: EnvironmentRow | undefined) => row && shown(row);

interface Write {
  readonly id?: string | undefined;
  readonly caller: Caller;
  readonly content: EnvironmentContent;
  readonly sealer: Sealer;
}

const insert = async (
  { client, record }: Transaction,
  { caller: { workspace }, content, sealer, id }: Write,
): Promise<Changed<EnvironmentRow>> => {
  const sealed = sealedColumns(content, { workspace, sealer });
  if (!sealed.ok) return sealed;
  if (content.isDefault) {
    await holdDefault(client, workspace);
    await clearDefault(client, workspace);
  }
  const { rows } = await client.query<EnvironmentRow>(
    `insert into testmesh.environments
       (workspace_id, id, name, description, color, is_default, protected, variables, routing)
     values ($1, coalesce($2, gen_random_uuid()), $3, $4, $5, $6, $7, $8, $9) returning ${COLUMNS}`,
    [uuid(workspace), id ?? null, ...sealed.value],
  );
  const row = only(rows);
  record('EnvironmentCreated', summary(row));
  return changed(row);
};

const overwrite = async (
  { client, record }: Transaction,
  { id, seen }: EnvironmentEdit,
  { caller: { workspace }, content, sealer }: Write,
): Promise<Changed<EnvironmentRow>> => {
  if (content.isDefault) await holdDefault(client, workspace);
  const found = await lockRow(client, 'environments', { workspace, id, seen });
  if (!found.ok) return found;
  const before = await find(client, workspace, id);
  const sealed = sealedColumns(content, { workspace, sealer, before });
  if (!sealed.ok) return sealed;
  if (content.isDefault && !before?.isDefault) await clearDefault(client, workspace);
  const { rows } = await client.query<EnvironmentRow>(
    `update testmesh.environments set name = $2, description = $3, color = $4, is_default = $5, protected = $6,
       variables = $7, routing = $8, version = version + 1, updated_at = now() where id = $1 returning ${COLUMNS}`,
    [id, ...sealed.value],
  );
  const row = only(rows);
  if (before !== undefined && before.name !== row.name) {
    await renameAlong({ client, record }, { workspace, from: before.name, to: row.name });
  }
  record('EnvironmentUpdated', summary(row));
  return changed(row);
};

const remove = async (
  { client, record }: Transaction,
  { workspace }: Caller,
  { id, seen }: EnvironmentEdit,
): Promise<Changed<undefined>> => {
  const found = await lockRow(client, 'environments', { workspace, id, seen });
  if (!found.ok) return found;
  const schedules = await schedulesIn(client, id);
  if (schedules.length > 0) return refused('EnvironmentInSchedules', schedules);
  const runs = await runsWaitingFor(client, { environmentId: id });
  if (runs.length > 0) return refused('RunsNeedIt', runs);
  const { rows } = await client.query<EnvironmentRow>(
    `delete from testmesh.environments where id = $1 and not is_default returning ${COLUMNS}`,
    [id],
  );
  const [row] = rows;
  if (row === undefined) return refused('DefaultEnvironmentStays');
  record('EnvironmentDeleted', summary(row));
  return changed(undefined);
};

const makeDefault = async (
  { client, record }: Transaction,
  { workspace }: Caller,
  { id, seen }: EnvironmentEdit,
): Promise<Changed<EnvironmentRow>> => {
  await holdDefault(client, workspace);
  const found = await lockRow(client, 'environments', { workspace, id, seen });
  if (!found.ok) return found;
  await clearDefault(client, workspace);
  const { rows } = await client.query<EnvironmentRow>(
    `update testmesh.environments set is_default = true, version = version + 1, updated_at = now()
     where id = $1 returning ${COLUMNS}`,
    [id],
  );
  const row = only(rows);
  record('EnvironmentMadeDefault', summary(row));
  return changed(row);
};

/** Only names: neither a secret nor an address with a password in it. */
const summary = ({
  id,
  name,
  version,
  isDefault,
  protected: isProtected,
  variables,
  routing,
}: EnvironmentRow): ValueMap => ({
  id,
  name,
  version,
  is_default: isDefault,
  protected: isProtected,
  variables: variables.map(({ key }) => key),
  services: Object.keys(routing.services ?? {}),
});

const find = async (db: Queryable, workspace: string, nameOrId: string): Promise<EnvironmentRow | undefined> => {
  // A name may look like an id: the id wins.
  const sql = `select ${COLUMNS} from testmesh.environments where workspace_id = $1 and (id = $2 or name = $3)
    order by (id = $2) is true desc limit 1`;
  return (await db.query<EnvironmentRow>(sql, [uuid(workspace), uuid(nameOrId), nameOrId])).rows[0];
};

const findDefault = async (db: Queryable, workspace: string): Promise<EnvironmentRow | undefined> => {
  const sql = `select ${COLUMNS} from testmesh.environments where workspace_id = $1 and is_default`;
  return (await db.query<EnvironmentRow>(sql, [uuid(workspace)])).rows[0];
};

const listEnvironments = (db: Queryable, workspace: string, { search, ...page }: EnvironmentQuery) =>
  listRows<EnvironmentRow>(
    db,
    {
      columns: COLUMNS,
      source: `from testmesh.environments where workspace_id = $1 and ($2::text is null or name ilike $2)`,
      order: 'name, id',
      values: [uuid(workspace), search === undefined ? null : containing(search)],
    },
    page,
  );

const reencrypt = async (store: AuditedStore, sealer: Sealer): Promise<number> => {
  const { rows } = await store.pool.query<{ id: string; workspace: string }>(
    'select id, workspace_id as workspace from testmesh.environments order by id',
  );
  let count = 0;
  for (const { id, workspace } of rows) {
    const { ok } = await store.change({ workspace, actor: 'system' }, async ({ client, record }) => {
      const found = await lockRow(client, 'environments', { workspace, id, seen: undefined });
      const row = found.ok ? await find(client, workspace, id) : undefined;
      const variables = row && resealed(row, sealer);
      const routing = row && resealedRouting(row.routing, workspace, sealer);
      if (row === undefined || (variables === undefined && routing === undefined)) return refused('NotFound');
      // The same environment for everybody who looks at it: its version stays.
      await client.query('update testmesh.environments set variables = $2, routing = $3 where id = $1', [
        id,
        JSON.stringify(variables ?? row.variables),
        JSON.stringify(routing ?? row.routing),
      ]);
      record('EnvironmentReencrypted', { id, name: row.name });
      return changed(undefined);
    });
    if (ok) count += 1;
  }
  return count;
};
