import type { ConfigEventType, ValueMap } from '@testmesh/domain';
import type { AuditedStore, Caller, Transaction } from './audited-store.ts';
import { type Changed, changed } from './changed.ts';
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

/** A table of rows; the rows themselves lie in a body. */
export interface DatasetContent {
  readonly name: string;
  readonly description: string;
  readonly table: DatasetTable;
}

interface DatasetTable {
  readonly columns: readonly string[];
  readonly rowCount: number;
  readonly sizeBytes: number;
  /** The sha256 of the body: a JSON array of objects. */
  readonly blob: string;
}

export interface Dataset extends DatasetContent {
  readonly id: string;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface DatasetVersion extends DatasetTable {
  readonly version: number;
  readonly author: string;
  readonly createdAt: Date;
}

interface DatasetEdit {
  readonly id: string;
  readonly seen?: Seen | undefined;
}

export interface DatasetStore {
  readonly list: (workspace: string, query: Page & { readonly search?: string }) => Promise<Listed<Dataset>>;
  readonly get: (workspace: string, id: string) => Promise<Dataset | undefined>;
  readonly create: (caller: Caller, content: DatasetContent, id?: string) => Promise<Changed<Dataset>>;
  readonly update: (caller: Caller, edit: DatasetEdit, content: DatasetContent) => Promise<Changed<Dataset>>;
  readonly remove: (caller: Caller, edit: DatasetEdit) => Promise<Changed<undefined>>;
  /** Newest first. */
  readonly versions: (workspace: string, id: string, page: Page) => Promise<Listed<DatasetVersion>>;
  readonly version: (workspace: string, id: string, version: number) => Promise<DatasetVersion | undefined>;
}

const TABLE = `json_build_object('columns', v.columns, 'rowCount', v.row_count, 'sizeBytes', v.size_bytes, 'blob', v.blob)`;
const COLUMNS = `d.id, d.name, d.description, d.version, d.created_at as "createdAt", d.updated_at as "updatedAt",
  ${TABLE} as "table"`;
const DATASETS = `from testmesh.datasets d
  join testmesh.dataset_versions v on v.dataset_id = d.id and v.version = d.version
  where d.workspace_id = $1 and d.deleted_at is null`;
const VERSION_COLUMNS = `v.version, v.columns, v.row_count as "rowCount", v.size_bytes as "sizeBytes", v.blob, v.author,
  v.created_at as "createdAt"`;
const VERSIONS = `from testmesh.dataset_versions v join testmesh.datasets d on d.id = v.dataset_id
  where d.workspace_id = $1 and d.id = $2 and d.deleted_at is null`;
const CLASHES = { datasets_name: 'NameTaken', datasets_pkey: 'AlreadyMade' } as const;

export const postgresDatasets = (store: AuditedStore): DatasetStore => ({
  list: (workspace, { search, ...page }) =>
    listRows<Dataset>(
      store.pool,
      {
        columns: COLUMNS,
        source: `${DATASETS} and ($2::text is null or d.name ilike $2)`,
        order: 'd.name, d.id',
        values: [uuid(workspace), search === undefined ? null : containing(search)],
      },
      page,
    ),
  get: (workspace, id) => find(store.pool, workspace, id),
  create: (caller, content, id) => create(store, caller, { content, id }),
  update: (caller, edit, content) => update(store, caller, { ...edit, content }),
  remove: (caller, { id, seen }) =>
    store.change(caller, async ({ client, record }) => {
      const found = await lockRow(client, 'datasets', { workspace: caller.workspace, id, seen });
      if (!found.ok) return found;
      const sql = 'update testmesh.datasets set deleted_at = now() where id = $1 returning name';
      const { name } = only((await client.query<{ name: string }>(sql, [id])).rows);
      record('DatasetDeleted', { id, name, version: found.value.version });
      return changed(undefined);
    }),
  versions: (workspace, id, page) =>
    listRows<DatasetVersion>(
      store.pool,
      {
        columns: VERSION_COLUMNS,
        source: VERSIONS,
        order: 'v.version desc',
        values: [uuid(workspace), uuid(id)],
      },
      page,
    ),
  version: async (workspace, id, version) => {
    const sql = `select ${VERSION_COLUMNS} ${VERSIONS} and v.version = $3`;
    return (await store.pool.query<DatasetVersion>(sql, [uuid(workspace), uuid(id), version])).rows[0];
  },
});

const create = (
  store: AuditedStore,
  caller: Caller,
  { content, id }: { readonly content: DatasetContent; readonly id: string | undefined },
): Promise<Changed<Dataset>> =>
  store.change(
    caller,
    async (transaction) => {
      const { rows } = await transaction.client.query<{ id: string }>(
        `insert into testmesh.datasets (workspace_id, id, name, description)
         values ($1, coalesce($2, gen_random_uuid()), $3, $4) returning id`,
        [uuid(caller.workspace), id ?? null, content.name, content.description],
      );
      return withVersion(transaction, caller, { id: only(rows).id, version: 1, content, event: 'DatasetCreated' });
    },
    CLASHES,
  );

const update = (
  store: AuditedStore,
  caller: Caller,
  { id, seen, content }: DatasetEdit & { readonly content: DatasetContent },
): Promise<Changed<Dataset>> =>
  store.change(
    caller,
    async (transaction) => {
      const found = await lockRow(transaction.client, 'datasets', { workspace: caller.workspace, id, seen });
      if (!found.ok) return found;
      const version = found.value.version + 1;
      await transaction.client.query(
        `update testmesh.datasets set name = $2, description = $3, version = $4, updated_at = now() where id = $1`,
        [id, content.name, content.description, version],
      );
      return withVersion(transaction, caller, { id, version, content, event: 'DatasetUpdated' });
    },
    CLASHES,
  );

const find = async (db: Queryable, workspace: string, id: string): Promise<Dataset | undefined> => {
  const sql = `select ${COLUMNS} ${DATASETS} and d.id = $2`;
  return (await db.query<Dataset>(sql, [uuid(workspace), uuid(id)])).rows[0];
};

interface Writing {
  readonly id: string;
  readonly version: number;
  readonly content: DatasetContent;
  readonly event: ConfigEventType;
}

const withVersion = async (
  { client, record }: Transaction,
  { workspace, actor }: Caller,
  { id, version, content: { table }, event }: Writing,
): Promise<Changed<Dataset>> => {
  await client.query(
    `insert into testmesh.dataset_versions (dataset_id, version, columns, row_count, size_bytes, blob, author)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [id, version, table.columns, table.rowCount, table.sizeBytes, table.blob, actor],
  );
  const dataset = await find(client, workspace, id);
  if (dataset === undefined) throw new Error(`the dataset ${id} is gone within its own transaction`);
  record(event, summary(dataset));
  return changed(dataset);
};

const summary = ({ id, name, version, table }: Dataset): ValueMap => ({
  id,
  name,
  version,
  columns: [...table.columns],
  rows: table.rowCount,
});
