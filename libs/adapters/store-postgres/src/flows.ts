import { createHash } from 'node:crypto';
import type { Value, ValueMap } from '@testmesh/domain';
import type { AuditedStore, Caller, Transaction } from './audited-store.ts';
import { type Changed, changed } from './changed.ts';
import { containing, type Listed, listRows, lockRow, only, type Page, uuid } from './rows.ts';

export interface FlowContent {
  readonly name: string;
  readonly description: string;
  readonly suite: string;
  readonly tags: readonly string[];
  /** What people wrote. */
  readonly text: string;
  /** The same as data, for clients that read no YAML. */
  readonly definition: Value;
}

export interface StoredFlow extends FlowContent {
  readonly id: string;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface FlowVersion {
  readonly version: number;
  readonly name: string;
  readonly text: string;
  readonly author: string;
  readonly message: string;
  readonly createdAt: Date;
}

export interface FlowQuery extends Page {
  readonly suite?: string;
  /** A flow has to carry all of them. */
  readonly tags?: readonly string[];
  readonly exclude?: readonly string[];
  readonly search?: string;
}

export interface FlowEdit {
  readonly id: string;
  readonly seen?: number | undefined;
  readonly message?: string;
}

export interface FlowStore {
  readonly list: (workspace: string, query: FlowQuery) => Promise<Listed<StoredFlow>>;
  readonly byId: (workspace: string, id: string) => Promise<StoredFlow | undefined>;
  readonly byName: (workspace: string, name: string) => Promise<StoredFlow | undefined>;
  readonly create: (caller: Caller, content: FlowContent, message?: string) => Promise<Changed<StoredFlow>>;
  readonly update: (caller: Caller, edit: FlowEdit, content: FlowContent) => Promise<Changed<StoredFlow>>;
  readonly remove: (caller: Caller, edit: FlowEdit) => Promise<Changed<undefined>>;
  readonly versions: (workspace: string, id: string, page: Page) => Promise<Listed<FlowVersion>>;
  readonly version: (workspace: string, id: string, version: number) => Promise<FlowVersion | undefined>;
}

const COLUMNS = `id, name, description, suite, tags, text, definition, version,
  created_at as "createdAt", updated_at as "updatedAt"`;
const VERSION_COLUMNS = 'v.version, v.name, v.text, v.author, v.message, v.created_at as "createdAt"';
const VERSIONS = `from testmesh.flow_versions v join testmesh.flows f on f.id = v.flow_id
  where f.workspace_id = $1 and f.id = $2 and f.deleted_at is null`;
const CLASHES = { flows_name: 'NameTaken' } as const;

export const postgresFlows = (store: AuditedStore): FlowStore => {
  const find = async (workspace: string, where: string, value: string | null) => {
    const sql = `select ${COLUMNS} from testmesh.flows where workspace_id = $1 and ${where} and deleted_at is null`;
    return (await store.pool.query<StoredFlow>(sql, [uuid(workspace), value])).rows[0];
  };
  return {
    list: (workspace, query) => listFlows(store, workspace, query),
    byId: (workspace, id) => find(workspace, 'id = $2', uuid(id)),
    byName: (workspace, name) => find(workspace, 'name = $2', name),
    create: (caller, content, message = '') =>
      store.change(caller, (transaction) => insert(transaction, caller, { content, message }), CLASHES),
    update: (caller, { id, seen, message = '' }, content) =>
      store.change(
        caller,
        async (transaction) => {
          const found = await lockRow(transaction.client, 'flows', { workspace: caller.workspace, id, seen });
          return found.ok ? overwrite(transaction, caller, { id, content, message }) : found;
        },
        CLASHES,
      ),
    remove: (caller, { id, seen }) =>
      store.change(caller, async ({ client, record }) => {
        const found = await lockRow(client, 'flows', { workspace: caller.workspace, id, seen });
        if (!found.ok) return found;
        const sql = 'update testmesh.flows set deleted_at = now(), version = version + 1 where id = $1 returning name';
        const { name } = only((await client.query<{ name: string }>(sql, [id])).rows);
        await client.query(`update testmesh.schedules set status = 'disabled' where flow_id = $1`, [id]);
        record('FlowDeleted', { id, name, version: found.value.version });
        return changed(undefined);
      }),
    versions: (workspace, id, page) =>
      listRows<FlowVersion>(
        store.pool,
        { columns: VERSION_COLUMNS, source: VERSIONS, order: 'v.version desc', values: [uuid(workspace), uuid(id)] },
        page,
      ),
    version: async (workspace, id, version) => {
      const sql = `select ${VERSION_COLUMNS} ${VERSIONS} and v.version = $3`;
      return (await store.pool.query<FlowVersion>(sql, [uuid(workspace), uuid(id), version])).rows[0];
    },
  };
};

interface Written {
  readonly content: FlowContent;
  readonly message: string;
}

const columnsOf = ({ name, description, suite, tags, text, definition }: FlowContent) => [
  name,
  description,
  suite,
  tags,
  text,
  JSON.stringify(definition),
];

const insert = async ({ client, record }: Transaction, { workspace, actor }: Caller, { content, message }: Written) => {
  const { rows } = await client.query<StoredFlow>(
    `insert into testmesh.flows (workspace_id, name, description, suite, tags, text, definition)
     values ($1, $2, $3, $4, $5, $6, $7) returning ${COLUMNS}`,
    [uuid(workspace), ...columnsOf(content)],
  );
  const flow = only(rows);
  await keepVersion(client, flow, { author: actor, message });
  record('FlowCreated', summary(flow));
  return changed(flow);
};

const overwrite = async (
  { client, record }: Transaction,
  { actor }: Caller,
  { id, content, message }: Written & { readonly id: string },
) => {
  const { rows } = await client.query<StoredFlow>(
    `update testmesh.flows set name = $2, description = $3, suite = $4, tags = $5, text = $6, definition = $7,
       version = version + 1, updated_at = now() where id = $1 returning ${COLUMNS}`,
    [id, ...columnsOf(content)],
  );
  const flow = only(rows);
  await keepVersion(client, flow, { author: actor, message });
  record('FlowUpdated', { ...summary(flow), ...(message !== '' && { message }) });
  return changed(flow);
};

const keepVersion = async (
  client: Transaction['client'],
  { id, version, name, text }: StoredFlow,
  { author, message }: { readonly author: string; readonly message: string },
): Promise<void> => {
  await client.query(
    `insert into testmesh.flow_versions (flow_id, version, name, text, author, message)
     values ($1, $2, $3, $4, $5, $6)`,
    [id, version, name, text, author, message],
  );
};

const summary = ({ id, name, version, text }: StoredFlow): ValueMap => ({
  id,
  name,
  version,
  hash: createHash('sha256').update(text).digest('hex'),
});

const listFlows = (store: AuditedStore, workspace: string, { suite, tags, exclude, search, ...page }: FlowQuery) =>
  listRows<StoredFlow>(
    store.pool,
    {
      columns: COLUMNS,
      source: `from testmesh.flows where workspace_id = $1 and deleted_at is null
        and ($2::text is null or suite = $2) and ($3::text[] is null or tags @> $3)
        and ($4::text[] is null or not tags && $4) and ($5::text is null or name ilike $5)`,
      order: 'name, id',
      values: [
        uuid(workspace),
        suite ?? null,
        tags ?? null,
        exclude ?? null,
        search === undefined ? null : containing(search),
      ],
    },
    page,
  );
