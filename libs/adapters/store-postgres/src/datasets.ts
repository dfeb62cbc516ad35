import type { ConfigEventType, ValueMap } from '@testmesh/domain';
import type { AuditedStore, Caller, Transaction } from './audited-store.ts';
import { type Changed, changed, refused } from './changed.ts';
import { type RowKeeping, rowsOf, sealedRows } from './dataset-rows.ts';
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
import { runsWaitingFor } from './waiting-runs.ts';

interface DatasetFields {
  readonly name: string;
  readonly description: string;
  readonly table: DatasetTable;
}

export interface DatasetContent extends DatasetFields {
  /** The rows: a JSON array of objects. */
  readonly rows: string;
}

interface DatasetTable {
  readonly columns: readonly string[];
  readonly rowCount: number;
  readonly sizeBytes: number;
  /** Of the rows, as `JSON` has them. */
  readonly sha256: string;
}

/** A table of rows, without them. */
export interface Dataset extends DatasetFields {
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
  readonly rows: (workspace: string, id: string, version: number) => Promise<readonly ValueMap[] | undefined>;
}

const TABLE = `json_build_object('columns', v.columns, 'rowCount', v.row_count, 'sizeBytes', v.size_bytes, 'sha256', v.sha256)`;
const COLUMNS = `d.id, d.name, d.description, d.version, d.created_at as "createdAt", d.updated_at as "updatedAt",
  ${TABLE} as "table"`;
const DATASETS = `from testmesh.datasets d
  join testmesh.dataset_versions v on v.dataset_id = d.id and v.version = d.version
  where d.workspace_id = $1 and d.deleted_at is null`;
const VERSION_COLUMNS = `v.version, v.columns, v.row_count as "rowCount", v.size_bytes as "sizeBytes", v.sha256, v.author,
  v.created_at as "createdAt"`;
const VERSIONS = `from testmesh.dataset_versions v join testmesh.datasets d on d.id = v.dataset_id
  where d.workspace_id = $1 and d.id = $2 and d.deleted_at is null`;
const CLASHES = { datasets_name: 'NameTaken', datasets_pkey: 'AlreadyMade' } as const;

export const postgresDatasets = (store: AuditedStore, keeping: RowKeeping): DatasetStore => ({
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
  create: (caller, content, id) => create({ store, keeping }, caller, { content, id }),
  update: (caller, edit, content) => update({ store, keeping }, caller, { ...edit, content }),
  remove: (caller, { id, seen }) =>
    store.change(caller, async ({ client, record }) => {
      const found = await lockRow(client, 'datasets', { workspace: caller.workspace, id, seen });
      if (!found.ok) return found;
      const schedules = await schedulesOver(client, id);
      if (schedules.length > 0) return refused('DatasetInSchedules', schedules);
      const runs = await runsWaitingFor(client, { datasetId: id });
      if (runs.length > 0) return refused('RunsNeedIt', runs);
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
  rows: (workspace, id, version) => rowsOf(store.pool, keeping, { workspace, id, version }),
});

interface Store {
  readonly store: AuditedStore;
  readonly keeping: RowKeeping;
}

const create = (
  { store, keeping }: Store,
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
      return withVersion(transaction, caller, {
        id: only(rows).id,
        version: 1,
        content,
        event: 'DatasetCreated',
        keeping,
      });
    },
    CLASHES,
  );

const update = (
  { store, keeping }: Store,
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
      return withVersion(transaction, caller, { id, version, content, event: 'DatasetUpdated', keeping });
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
  readonly keeping: RowKeeping;
}

const withVersion = async (
  { client, record }: Transaction,
  { workspace, actor }: Caller,
  { id, version, content: { table, rows }, event, keeping: { sealer } }: Writing,
): Promise<Changed<Dataset>> => {
  await client.query(
    `insert into testmesh.dataset_versions (dataset_id, version, columns, row_count, size_bytes, sha256, author, sealed_rows)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      ...[id, version, table.columns, table.rowCount, table.sizeBytes, table.sha256, actor],
      sealedRows(sealer, { id, version }, rows),
    ],
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

const MOST_NAMES = 20;

/** The names of schedules that go over a dataset. */
const schedulesOver = async (db: Queryable, id: string): Promise<readonly string[]> => {
  const sql = 'select name from testmesh.schedules where dataset_id = $1 order by name limit $2';
  return (await db.query<{ name: string }>(sql, [uuid(id), MOST_NAMES])).rows.map(({ name }) => name);
};
