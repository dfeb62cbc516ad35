import type { AskedTestEnvironment } from '@testmesh/contracts';
import type { ConfigEventType, ValueMap } from '@testmesh/domain';
import type { AuditedStore, Caller, Transaction } from './audited-store.ts';
import { type Changed, changed, refused } from './changed.ts';
import { rulesNaming } from './git-trigger-rules.ts';
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

/** A flow's part in a suite; parts of one position run one after the other, unless they are parallel. */
export interface SuitePart {
  readonly flowId: string;
  readonly position: number;
  readonly parallel: boolean;
}

export interface SuiteContent {
  readonly name: string;
  readonly description: string;
  readonly tags: readonly string[];
  /** Of its runs' test environment, over what the flows say. */
  readonly testEnvironment?: AskedTestEnvironment | null;
  readonly parts: readonly SuitePart[];
}

export interface Suite extends SuiteContent {
  readonly id: string;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface SuiteQuery extends Page {
  readonly search?: string;
}

export interface SuiteEdit {
  readonly id: string;
  readonly seen?: Seen | undefined;
}

export interface SuiteStore {
  readonly list: (workspace: string, query: SuiteQuery) => Promise<Listed<Suite>>;
  readonly get: (workspace: string, id: string) => Promise<Suite | undefined>;
  /** Several by one statement; those that do not exist are absent. */
  readonly byIds: (workspace: string, ids: readonly string[]) => Promise<readonly Suite[]>;
  readonly create: (caller: Caller, content: SuiteContent, id?: string) => Promise<Changed<Suite>>;
  readonly update: (caller: Caller, edit: SuiteEdit, content: SuiteContent) => Promise<Changed<Suite>>;
  readonly remove: (caller: Caller, edit: SuiteEdit) => Promise<Changed<undefined>>;
}

const COLUMNS = `s.id, s.name, s.description, s.tags, s.test_environment as "testEnvironment", s.version, s.created_at as "createdAt", s.updated_at as "updatedAt",
  coalesce((select json_agg(json_build_object('flowId', p.flow_id, 'position', p.position, 'parallel', p.parallel)
      order by p.position, f.name, p.flow_id)
    from testmesh.suite_flows p join testmesh.flows f on f.id = p.flow_id
    where p.suite_id = s.id), '[]') as parts`;
const CLASHES = { suites_name: 'NameTaken', suite_flows_pkey: 'FlowTwice', suites_pkey: 'AlreadyMade' } as const;

export const postgresSuites = (store: AuditedStore): SuiteStore => ({
  list: (workspace, { search, ...page }) =>
    listRows<Suite>(
      store.pool,
      {
        columns: COLUMNS,
        source: `from testmesh.suites s where s.workspace_id = $1 and s.deleted_at is null
          and ($2::text is null or s.name ilike $2)`,
        order: 's.name, s.id',
        values: [uuid(workspace), search === undefined ? null : containing(search)],
      },
      page,
    ),
  get: (workspace, id) => find(store.pool, workspace, id),
  byIds: async (workspace, ids) => {
    const sql = `select ${COLUMNS} from testmesh.suites s
      where s.workspace_id = $1 and s.id = any($2::uuid[]) and s.deleted_at is null`;
    return (await store.pool.query<Suite>(sql, [uuid(workspace), ids.map(uuid)])).rows;
  },
  create: (caller, content, id) =>
    store.change(
      caller,
      async (transaction) => {
        const { rows } = await transaction.client.query<{ id: string }>(
          `insert into testmesh.suites (workspace_id, id, name, description, tags, test_environment)
           values ($1, coalesce($2, gen_random_uuid()), $3, $4, $5, $6) returning id`,
          [uuid(caller.workspace), id ?? null, ...written(content)],
        );
        return withParts(transaction, { caller, id: only(rows).id, content, event: 'SuiteCreated' });
      },
      CLASHES,
    ),
  update: (caller, { id, seen }, content) =>
    store.change(
      caller,
      async (transaction) => {
        const found = await lockRow(transaction.client, 'suites', { workspace: caller.workspace, id, seen });
        if (!found.ok) return found;
        await transaction.client.query(
          `update testmesh.suites set name = $2, description = $3, tags = $4, test_environment = $5, version = version + 1, updated_at = now()
           where id = $1`,
          [id, ...written(content)],
        );
        return withParts(transaction, { caller, id, content, event: 'SuiteUpdated' });
      },
      CLASHES,
    ),
  remove: (caller, { id, seen }) =>
    store.change(caller, async ({ client, record }) => {
      const found = await lockRow(client, 'suites', { workspace: caller.workspace, id, seen });
      if (!found.ok) return found;
      const rules = await rulesNaming(client, { suiteId: id });
      if (rules.length > 0) return refused('InGitTriggerRules', rules);
      const sql = 'update testmesh.suites set deleted_at = now(), version = version + 1 where id = $1 returning name';
      const { name } = only((await client.query<{ name: string }>(sql, [id])).rows);
      await client.query(`update testmesh.schedules set status = 'disabled', next_run_at = null where suite_id = $1`, [
        id,
      ]);
      record('SuiteDeleted', { id, name, version: found.value.version });
      return changed(undefined);
    }),
});

const written = ({ name, description, tags, testEnvironment }: SuiteContent): readonly unknown[] => [
  name,
  description,
  tags,
  testEnvironment == null ? null : JSON.stringify(testEnvironment),
];

const find = async (db: Queryable, workspace: string, id: string): Promise<Suite | undefined> => {
  const sql = `select ${COLUMNS} from testmesh.suites s
    where s.workspace_id = $1 and s.id = $2 and s.deleted_at is null`;
  return (await db.query<Suite>(sql, [uuid(workspace), uuid(id)])).rows[0];
};

interface Writing {
  readonly caller: Caller;
  readonly id: string;
  readonly content: SuiteContent;
  readonly event: ConfigEventType;
}

const withParts = async (
  { client, record }: Transaction,
  { caller: { workspace }, id, content: { parts }, event }: Writing,
): Promise<Changed<Suite>> => {
  await client.query('delete from testmesh.suite_flows where suite_id = $1', [id]);
  const { rows } = await client.query<{ flow: string }>(
    `insert into testmesh.suite_flows (suite_id, flow_id, position, parallel)
     select $1, f.id, p.position, p.parallel
     from json_to_recordset($3) as p("flowId" text, position int, parallel boolean)
     join testmesh.flows f on f.id::text = lower(p."flowId") and f.workspace_id = $2 and f.deleted_at is null
     for share of f returning flow_id as flow`,
    [id, uuid(workspace), JSON.stringify(parts)],
  );
  const there = new Set(rows.map(({ flow }) => flow));
  const missing = parts.map(({ flowId }) => flowId).filter((flowId) => !there.has(flowId.toLowerCase()));
  if (missing.length > 0) return refused('FlowNotFound', missing);
  const suite = await find(client, workspace, id);
  if (suite === undefined) throw new Error(`the suite ${id} is gone within its own transaction`);
  record(event, summary(suite));
  return changed(suite);
};

const summary = ({ id, name, version, parts }: Suite): ValueMap => ({
  id,
  name,
  version,
  flows: parts.map(({ flowId }) => flowId),
});
