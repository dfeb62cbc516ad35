import type { ValueMap } from '@testmesh/domain';
import type { AuditedStore, Caller } from './audited-store.ts';
import { type Changed, changed, refused } from './changed.ts';
import { judge, type Listed, listRows, only, type Page, type Queryable, type Seen, uuid } from './rows.ts';

export type Role = 'owner' | 'admin' | 'editor' | 'viewer';

export interface Member {
  readonly userId: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly version: number;
  readonly createdAt: Date;
}

export interface NewMember {
  readonly userId?: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
}

export interface MemberStore {
  readonly list: (workspace: string, page: Page) => Promise<Listed<Member>>;
  readonly get: (workspace: string, userId: string) => Promise<Member | undefined>;
  readonly add: (caller: Caller, member: NewMember) => Promise<Changed<Member>>;
  readonly setRole: (caller: Caller, userId: string, role: Role, seen?: Seen) => Promise<Changed<Member>>;
  readonly remove: (caller: Caller, userId: string, seen?: Seen) => Promise<Changed<Member>>;
}

const COLUMNS = 'user_id as "userId", email, name, role, version, created_at as "createdAt"';
const CLASHES = { members_email: 'MemberExists', members_pkey: 'MemberExists' } as const;

export const postgresMembers = (store: AuditedStore): MemberStore => ({
  list: (workspace, page) => {
    const source = 'from testmesh.members where workspace_id = $1';
    return listRows<Member>(store.pool, { columns: COLUMNS, source, order: 'email', values: [uuid(workspace)] }, page);
  },
  get: async (workspace, userId) => {
    const sql = `select ${COLUMNS} from testmesh.members where workspace_id = $1 and user_id = $2`;
    return (await store.pool.query<Member>(sql, [uuid(workspace), uuid(userId)])).rows[0];
  },
  add: (caller, { userId, email, name, role }) =>
    store.change(
      caller,
      async ({ client, record }) => {
        const { rows } = await client.query<Member>(
          `insert into testmesh.members (workspace_id, user_id, email, name, role)
           values ($1, coalesce($2, gen_random_uuid()), $3, $4, $5) returning ${COLUMNS}`,
          [uuid(caller.workspace), userId === undefined ? null : uuid(userId), email, name, role],
        );
        const member = only(rows);
        record('MemberAdded', summary(member));
        return changed(member);
      },
      CLASHES,
    ),
  setRole: (caller, userId, role, seen) =>
    store.change(caller, async ({ client, record }) => {
      const found = await lock(client, caller.workspace, { userId, seen });
      if (!found.ok) return found;
      if (role !== 'owner' && (await isLastOwner(client, caller.workspace, userId))) return refused('LastOwnerStays');
      const { rows } = await client.query<Member>(
        `update testmesh.members set role = $3, version = version + 1, updated_at = now()
         where workspace_id = $1 and user_id = $2 returning ${COLUMNS}`,
        [uuid(caller.workspace), uuid(userId), role],
      );
      const member = only(rows);
      record('MemberRoleChanged', { ...summary(member), before: found.value.role });
      return changed(member);
    }),
  remove: (caller, userId, seen) =>
    store.change(caller, async ({ client, record }) => {
      const found = await lock(client, caller.workspace, { userId, seen });
      if (!found.ok) return found;
      if (await isLastOwner(client, caller.workspace, userId)) return refused('LastOwnerStays');
      await client.query('delete from testmesh.members where workspace_id = $1 and user_id = $2', [
        uuid(caller.workspace),
        uuid(userId),
      ]);
      record('MemberRemoved', summary(found.value));
      return found;
    }),
});

const summary = ({ userId, email, role }: Member): ValueMap => ({ user_id: userId, email, role });

/** Locks all members, so that two owners cannot remove each other at once. */
const lock = async (
  client: Queryable,
  workspace: string,
  { userId, seen }: { readonly userId: string; readonly seen: Seen | undefined },
): Promise<Changed<Member>> => {
  const sql = `select ${COLUMNS} from testmesh.members where workspace_id = $1 order by user_id for update`;
  const { rows } = await client.query<Member>(sql, [uuid(workspace)]);
  return judge(
    rows.find((member) => member.userId === userId.toLowerCase()),
    seen,
  );
};

const isLastOwner = async (client: Queryable, workspace: string, userId: string): Promise<boolean> => {
  const sql = `select user_id as "userId" from testmesh.members where workspace_id = $1 and role = 'owner'`;
  const { rows } = await client.query<{ userId: string }>(sql, [uuid(workspace)]);
  return rows.length === 1 && rows[0]?.userId === userId.toLowerCase();
};
