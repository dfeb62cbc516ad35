import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { parseJson, stringifyJson, type Value, type ValueMap } from '@testmesh/domain';
import type { AuditedStore, Caller, Transaction } from './audited-store.ts';
import { type Changed, changed, refused, unchanged } from './changed.ts';
import { rulesNaming } from './git-trigger-rules.ts';
import { containing, type Listed, listRows, lockRow, only, type Page, type Seen, uuid } from './rows.ts';
import { runsWaitingFor } from './waiting-runs.ts';

export interface FlowContent {
  readonly name: string;
  readonly description: string;
  readonly suite: string;
  readonly tags: readonly string[];
  /** Where its diagnostics say they point. */
  readonly file: string;
  /** What people wrote. */
  readonly text: string;
  /** The same as data, for clients that read no YAML. */
  readonly definition: Value;
  /** Further files it names: path → sha256 of a blob. */
  readonly files: Readonly<Record<string, string>>;
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
  readonly file: string;
  readonly text: string;
  readonly files: Readonly<Record<string, string>>;
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
  readonly seen?: Seen | undefined;
  readonly message?: string;
}

export interface FlowStore {
  readonly list: (workspace: string, query: FlowQuery) => Promise<Listed<StoredFlow>>;
  readonly byId: (workspace: string, id: string) => Promise<StoredFlow | undefined>;
  /** Several by one statement; those that do not exist are absent. */
  readonly byIds: (workspace: string, ids: readonly string[]) => Promise<readonly StoredFlow[]>;
  readonly byName: (workspace: string, name: string) => Promise<StoredFlow | undefined>;
  readonly create: (caller: Caller, content: FlowContent, id?: string) => Promise<Changed<StoredFlow>>;
  readonly update: (caller: Caller, edit: FlowEdit, content: FlowContent) => Promise<Changed<StoredFlow>>;
  readonly remove: (caller: Caller, edit: FlowEdit) => Promise<Changed<undefined>>;
  readonly versions: (workspace: string, id: string, page: Page) => Promise<Listed<FlowVersion>>;
  readonly version: (workspace: string, id: string, version: number) => Promise<FlowVersion | undefined>;
}

const COLUMNS = `id, name, description, suite, tags, file, text, definition::text as definition,
  files, version, created_at as "createdAt", updated_at as "updatedAt"`;
const VERSION_COLUMNS = 'v.version, v.name, v.file, v.text, v.files, v.author, v.message, v.created_at as "createdAt"';
const VERSIONS = `from testmesh.flow_versions v join testmesh.flows f on f.id = v.flow_id
  where f.workspace_id = $1 and f.id = $2 and f.deleted_at is null`;
const CLASHES = { flows_name: 'NameTaken', flows_pkey: 'AlreadyMade' } as const;

/** The definition comes as text, so that its numbers keep their digits. */
interface FlowRow extends Omit<StoredFlow, 'definition'> {
  readonly definition: string;
}

const flowOf = ({ definition, ...row }: FlowRow): StoredFlow => ({ ...row, definition: parseJson(definition) });

export const postgresFlows = (store: AuditedStore): FlowStore => {
  const find = async (workspace: string, where: string, value: string | null) => {
    const sql = `select ${COLUMNS} from testmesh.flows where workspace_id = $1 and ${where} and deleted_at is null`;
    const [row] = (await store.pool.query<FlowRow>(sql, [uuid(workspace), value])).rows;
    return row && flowOf(row);
  };
  return {
    list: (workspace, query) => listFlows(store, workspace, query),
    byId: (workspace, id) => find(workspace, 'id = $2', uuid(id)),
    byIds: async (workspace, ids) => {
      const sql = `select ${COLUMNS} from testmesh.flows
        where workspace_id = $1 and id = any($2::uuid[]) and deleted_at is null`;
      const { rows } = await store.pool.query<FlowRow>(sql, [uuid(workspace), ids.map(uuid)]);
      return rows.map(flowOf);
    },
    byName: (workspace, name) => find(workspace, 'name = $2', name),
    create: (caller, content, id) =>
      store.change(caller, (transaction) => insert(transaction, caller, { content, id }), CLASHES),
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
        const suites = await suitesNaming(client, id);
        if (suites.length > 0) return refused('FlowInSuites', suites);
        const rules = await rulesNaming(client, { flowId: id });
        if (rules.length > 0) return refused('InGitTriggerRules', rules);
        const runs = await runsWaitingFor(client, { flowId: id });
        if (runs.length > 0) return refused('RunsNeedIt', runs);
        const sql = 'update testmesh.flows set deleted_at = now(), version = version + 1 where id = $1 returning name';
        const { name } = only((await client.query<{ name: string }>(sql, [id])).rows);
        await client.query(`update testmesh.schedules set status = 'disabled', next_run_at = null where flow_id = $1`, [
          id,
        ]);
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

/** A suite that lost a part without a word would pass without it. */
const suitesNaming = async (client: Transaction['client'], flowId: string): Promise<readonly string[]> => {
  const sql = `select s.name from testmesh.suite_flows p join testmesh.suites s on s.id = p.suite_id
    where p.flow_id = $1 and s.deleted_at is null order by s.name`;
  return (await client.query<{ name: string }>(sql, [uuid(flowId)])).rows.map(({ name }) => name);
};

const WRITTEN = ['name', 'description', 'suite', 'tags', 'file', 'text', 'definition', 'files'];

const valuesOf = ({ name, description, suite, tags, file, text, definition, files }: FlowContent) => [
  name,
  description,
  suite,
  tags,
  file,
  text,
  stringifyJson(definition),
  JSON.stringify(files),
];

const isSame = (kept: FlowContent, { definition, ...content }: FlowContent): boolean =>
  stringifyJson(kept.definition) === stringifyJson(definition) &&
  Object.entries(content).every(([name, value]) => isDeepStrictEqual(kept[name as keyof FlowContent], value));

interface Creation {
  readonly content: FlowContent;
  readonly id: string | undefined;
}

interface Overwriting {
  readonly id: string;
  readonly content: FlowContent;
  readonly message: string;
}

const insert = async ({ client, record }: Transaction, { workspace, actor }: Caller, { content, id }: Creation) => {
  const { rows } = await client.query<FlowRow>(
    `insert into testmesh.flows (workspace_id, id, ${WRITTEN.join(', ')})
     values ($1, coalesce($2, gen_random_uuid()), ${WRITTEN.map((_, at) => `$${at + 3}`).join(', ')})
     returning ${COLUMNS}`,
    [uuid(workspace), id ?? null, ...valuesOf(content)],
  );
  const flow = flowOf(only(rows));
  await keepVersion(client, flow, { author: actor, message: '' });
  record('FlowCreated', summary(flow));
  return changed(flow);
};

/** What is kept already is not written: a pipeline that sends its flows on every push makes no version of each. */
const overwrite = async ({ client, record }: Transaction, { actor }: Caller, { id, content, message }: Overwriting) => {
  const before = only((await client.query<FlowRow>(`select ${COLUMNS} from testmesh.flows where id = $1`, [id])).rows);
  if (isSame(flowOf(before), content)) return unchanged(flowOf(before));
  const { rows } = await client.query<FlowRow>(
    `update testmesh.flows set ${WRITTEN.map((name, at) => `${name} = $${at + 2}`).join(', ')},
       version = version + 1, updated_at = now() where id = $1 returning ${COLUMNS}`,
    [id, ...valuesOf(content)],
  );
  const flow = flowOf(only(rows));
  await keepVersion(client, flow, { author: actor, message });
  record('FlowUpdated', { ...summary(flow), ...(message !== '' && { message }) });
  return changed(flow);
};

const keepVersion = async (
  client: Transaction['client'],
  { id, version, name, file, text, files }: StoredFlow,
  { author, message }: { readonly author: string; readonly message: string },
): Promise<void> => {
  await client.query(
    `insert into testmesh.flow_versions (flow_id, version, name, file, text, files, author, message)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [id, version, name, file, text, JSON.stringify(files), author, message],
  );
};

const summary = ({ id, name, version, text }: StoredFlow): ValueMap => ({
  id,
  name,
  version,
  hash: createHash('sha256').update(text).digest('hex'),
});

const listFlows = async (
  store: AuditedStore,
  workspace: string,
  { suite, tags, exclude, search, ...page }: FlowQuery,
): Promise<Listed<StoredFlow>> => {
  const source = `from testmesh.flows where workspace_id = $1 and deleted_at is null
    and ($2::text is null or suite = $2) and ($3::text[] is null or tags @> $3)
    and ($4::text[] is null or not tags && $4) and ($5::text is null or name ilike $5)`;
  const sought = search === undefined ? null : containing(search);
  const values = [uuid(workspace), suite ?? null, tags ?? null, exclude ?? null, sought];
  const listing = { columns: COLUMNS, source, order: 'name, id', values };
  const { items, total } = await listRows<FlowRow>(store.pool, listing, page);
  return { items: items.map(flowOf), total };
};
