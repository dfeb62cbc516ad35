import type { ValueMap } from '@testmesh/domain';
import type { AuditedStore } from './audited-store.ts';
import { type Changed, changed, refused } from './changed.ts';
import { type QueueLimits, queueLimits } from './queue-limits.ts';
import { containing, judge, type Listed, listRows, only, type Page, type Queryable, type Seen, uuid } from './rows.ts';

/** The workspace of an installation that never made another one. */
export const DEFAULT_WORKSPACE = '00000000-0000-0000-0000-000000000001';

export interface WorkspaceContent {
  readonly name: string;
  readonly slug: string;
  readonly description: string;
  readonly type: 'personal' | 'team';
  readonly settings: ValueMap;
}

export interface Workspace extends WorkspaceContent {
  readonly id: string;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface WorkspaceQuery extends Page {
  /** Only these; absent for whoever may see all. */
  readonly ids?: readonly string[];
  readonly type?: string;
  readonly search?: string;
  /** By name unless said; by time the newest first. */
  readonly sortBy?: WorkspaceOrder;
}

type WorkspaceOrder = 'name' | 'created_at' | 'updated_at';

const ORDERS: Readonly<Record<WorkspaceOrder, string>> = {
  name: 'name, id',
  created_at: 'created_at desc, id',
  updated_at: 'updated_at desc, id',
};

/** Who changes a workspace, and which version of it they saw. */
export interface WorkspaceChange {
  readonly workspace: string;
  readonly actor: string;
  readonly seen: Seen | undefined;
}

/** The first member of a workspace. */
export interface Founder {
  readonly userId?: string;
  readonly email: string;
  readonly name: string;
}

export interface WorkspaceStore {
  readonly get: (id: string) => Promise<Workspace | undefined>;
  readonly bySlug: (slug: string) => Promise<Workspace | undefined>;
  readonly list: (query: WorkspaceQuery) => Promise<Listed<Workspace>>;
  readonly create: (content: WorkspaceContent, actor: string, founder?: Founder) => Promise<Changed<Workspace>>;
  readonly update: (change: WorkspaceChange, content: WorkspaceContent) => Promise<Changed<Workspace>>;
  readonly remove: (change: WorkspaceChange) => Promise<Changed<Workspace>>;
  /** Runs of workspaces that are deleted, which nobody has cancelled yet. */
  readonly runsLeft: (limit: number) => Promise<readonly string[]>;
  /** Makes the default workspace where there is none yet; true when it was made now. */
  readonly ensureDefault: () => Promise<boolean>;
}

const COLUMNS = `id, name, slug, description, type, settings, version,
  created_at as "createdAt", updated_at as "updatedAt"`;
const CLASHES = { workspaces_slug: 'NameTaken', workspaces_pkey: 'NameTaken' } as const;

export const postgresWorkspaces = (store: AuditedStore, limits: QueueLimits = queueLimits()): WorkspaceStore => {
  const find = async (where: string, value: string | null) =>
    (await store.pool.query<Workspace>(`select ${COLUMNS} from testmesh.workspaces where ${where}`, [value])).rows[0];
  const workspaces: WorkspaceStore = {
    get: (id) => find('id = $1 and deleted_at is null', uuid(id)),
    bySlug: (slug) => find('slug = $1 and deleted_at is null', slug),
    list: (query) => listWorkspaces(store.pool, query),
    create: (content, actor, founder) => create(store, crypto.randomUUID(), { content, actor, founder, limits }),
    update: ({ workspace, actor, seen }, content) =>
      store.change(
        { workspace, actor },
        async ({ client, record }) => {
          const found = await lock(client, workspace, seen);
          if (!found.ok) return found;
          const { rows } = await client.query<Workspace>(
            `update testmesh.workspaces set name = $2, slug = $3, description = $4, type = $5, settings = $6,
               version = version + 1, updated_at = now() where id = $1 returning ${COLUMNS}`,
            [uuid(workspace), content.name, content.slug, content.description, content.type, content.settings],
          );
          const updated = only(rows);
          record('WorkspaceUpdated', summary(updated));
          return changed(updated);
        },
        CLASHES,
      ),
    remove: ({ workspace, actor, seen }) =>
      store.change({ workspace, actor }, async ({ client, record }) => {
        const found = await lock(client, workspace, seen);
        if (!found.ok) return found;
        if (workspace === DEFAULT_WORKSPACE) return refused('DefaultWorkspaceStays');
        await client.query('update testmesh.workspaces set deleted_at = now(), version = version + 1 where id = $1', [
          uuid(workspace),
        ]);
        await client.query(
          'update testmesh.api_keys set revoked_at = now() where workspace_id = $1 and revoked_at is null',
          [uuid(workspace)],
        );
        await client.query(`update testmesh.schedules set status = 'disabled' where workspace_id = $1`, [
          uuid(workspace),
        ]);
        record('WorkspaceDeleted', summary(found.value));
        return found;
      }),
    runsLeft: async (limit) => {
      const sql = `select q.run_id as id from testmesh.workspaces w
        join journal.run_queue q on q.workspace = w.id::text
        where w.deleted_at is not null and q.cancelled_by is null limit $1`;
      return (await store.pool.query<{ id: string }>(sql, [limit])).rows.map(({ id }) => id);
    },
    ensureDefault: async () => {
      if (await find('id = $1', DEFAULT_WORKSPACE)) return false;
      const content = { name: 'Default', slug: 'default', description: '', type: 'team', settings: {} } as const;
      return (await create(store, DEFAULT_WORKSPACE, { content, actor: 'system', limits })).ok;
    },
  };
  return workspaces;
};

interface Creation {
  readonly content: WorkspaceContent;
  readonly actor: string;
  readonly founder?: Founder | undefined;
  readonly limits: QueueLimits;
}

const create = (
  store: AuditedStore,
  id: string,
  { content, actor, founder, limits }: Creation,
): Promise<Changed<Workspace>> =>
  store.change(
    { workspace: id, actor },
    async ({ client, record }) => {
      const { rows } = await client.query<Workspace>(
        `insert into testmesh.workspaces (id, name, slug, description, type, settings)
         values ($1, $2, $3, $4, $5, $6) returning ${COLUMNS}`,
        [id, content.name, content.slug, content.description, content.type, content.settings],
      );
      const workspace = only(rows);
      await limits.begin(client, id);
      record('WorkspaceCreated', summary(workspace));
      if (founder) {
        await client.query(
          `insert into testmesh.members (workspace_id, user_id, email, name, role)
           values ($1, coalesce($2, gen_random_uuid()), $3, $4, 'owner')`,
          [id, founder.userId === undefined ? null : uuid(founder.userId), founder.email, founder.name],
        );
        record('MemberAdded', { email: founder.email, role: 'owner' });
      }
      return changed(workspace);
    },
    CLASHES,
  );

const summary = ({ id, name, slug, version }: Workspace): ValueMap => ({ id, name, slug, version });

const lock = async (client: Queryable, id: string, seen: Seen | undefined): Promise<Changed<Workspace>> => {
  const sql = `select ${COLUMNS} from testmesh.workspaces where id = $1 and deleted_at is null for update`;
  return judge((await client.query<Workspace>(sql, [uuid(id)])).rows[0], seen);
};

const listWorkspaces = (
  db: Queryable,
  { ids, type, search, sortBy = 'name', ...page }: WorkspaceQuery,
): Promise<Listed<Workspace>> =>
  listRows<Workspace>(
    db,
    {
      columns: COLUMNS,
      source: `from testmesh.workspaces where deleted_at is null
        and ($1::uuid[] is null or id = any($1)) and ($2::text is null or type = $2)
        and ($3::text is null or name ilike $3 or slug ilike $3)`,
      order: ORDERS[sortBy],
      values: [ids?.map(uuid) ?? null, type ?? null, search === undefined ? null : containing(search)],
    },
    page,
  );
