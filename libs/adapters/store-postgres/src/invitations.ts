import { createHash, randomBytes } from 'node:crypto';
import type pg from 'pg';
import type { AuditedStore, Caller } from './audited-store.ts';
import { type Changed, changed, refused } from './changed.ts';
import type { Role } from './members.ts';
import { type Listed, listRows, only, type Page, uuid } from './rows.ts';
import type { User } from './users.ts';

// Who is asked into a workspace. Invariants:
// I1. Only the hash of what the invited person holds is kept, it opens once and not for ever.
// I2. An account that exists is joined only by somebody who knows its password: the caller proves that beforehand.

export interface Invitation {
  readonly id: string;
  readonly email: string;
  readonly role: Role;
  readonly invitedBy: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly acceptedAt: Date | null;
  readonly revokedAt: Date | null;
}

interface NewInvitation {
  readonly email: string;
  readonly role: Role;
  readonly expiresAt: Date;
}

export interface InvitationStore {
  readonly list: (workspace: string, page: Page) => Promise<Listed<Invitation>>;
  readonly create: (
    caller: Caller,
    invitation: NewInvitation,
  ) => Promise<Changed<{ readonly invitation: Invitation; readonly token: string }>>;
  readonly revoke: (caller: Caller, id: string) => Promise<Changed<Invitation>>;
  /** The invitation that a token opens now. */
  readonly open: (token: string, now: Date) => Promise<(Invitation & { readonly workspace: string }) | undefined>;
  /** Makes the invited person a member; `account` is new or proven. */
  readonly accept: (
    invitation: { readonly id: string; readonly workspace: string },
    account: { readonly user: User } | { readonly name: string; readonly password: string },
    now: Date,
  ) => Promise<Changed<User>>;
}

const COLUMNS = `id, email, role, invited_by as "invitedBy", created_at as "createdAt", expires_at as "expiresAt",
  accepted_at as "acceptedAt", revoked_at as "revokedAt"`;

const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();

const IS_OPEN = 'accepted_at is null and revoked_at is null';

export const postgresInvitations = (store: AuditedStore): InvitationStore => ({
  list: (workspace, page) => {
    const source = 'from testmesh.invitations where workspace_id = $1';
    const order = 'created_at desc, id';
    return listRows<Invitation>(store.pool, { columns: COLUMNS, source, order, values: [uuid(workspace)] }, page);
  },
  create: (caller, { email, role, expiresAt }) =>
    store.change(caller, async ({ client, record }) => {
      const sql = 'select 1 from testmesh.members m join testmesh.users u on u.id = m.user_id';
      const member = await client.query(`${sql} where m.workspace_id = $1 and lower(m.email) = lower($2)`, [
        uuid(caller.workspace),
        email,
      ]);
      if (member.rows.length > 0) return refused('MemberExists');
      const token = `tm_invite_${randomBytes(32).toString('hex')}`;
      const { rows } = await client.query<Invitation>(
        `insert into testmesh.invitations (workspace_id, email, role, hash, invited_by, expires_at)
         values ($1, $2, $3, $4, $5, $6) returning ${COLUMNS}`,
        [uuid(caller.workspace), email, role, hashOf(token), caller.actor, expiresAt],
      );
      const invitation = only(rows);
      record('MemberInvited', { id: invitation.id, email, role });
      return changed({ invitation, token });
    }),
  revoke: (caller, id) =>
    store.change(caller, async ({ client, record }) => {
      const { rows } = await client.query<Invitation>(
        `update testmesh.invitations set revoked_at = now()
         where workspace_id = $1 and id = $2 and ${IS_OPEN} returning ${COLUMNS}`,
        [uuid(caller.workspace), uuid(id)],
      );
      const [revoked] = rows;
      if (revoked === undefined) return refused('NotFound');
      record('InvitationRevoked', { id, email: revoked.email });
      return changed(revoked);
    }),
  open: async (token, now) => {
    const { rows } = await store.pool.query<Invitation & { workspace: string }>(
      `select ${COLUMNS}, workspace_id as workspace from testmesh.invitations i
       where hash = $1 and ${IS_OPEN} and expires_at > $2
         and exists (select from testmesh.workspaces w where w.id = i.workspace_id and w.deleted_at is null)`,
      [hashOf(token), now],
    );
    return rows[0];
  },
  accept: ({ id, workspace }, account, now) =>
    store.change(
      { workspace, actor: `invitation:${id}` },
      async ({ client, record }) => {
        // The update locks the row: of two who accept at once, the second finds nothing.
        const { rows } = await client.query<Invitation>(
          `update testmesh.invitations set accepted_at = $2 where id = $1 and ${IS_OPEN} and expires_at > $2
           returning ${COLUMNS}`,
          [uuid(id), now],
        );
        const [invitation] = rows;
        if (invitation === undefined) return refused('NotFound');
        const user = 'user' in account ? account.user : await newUser(client, invitation.email, account);
        await join(client, workspace, { user, role: invitation.role });
        record('InvitationAccepted', { id, email: invitation.email, role: invitation.role, user_id: user.id });
        return changed(user);
      },
      { users_email: 'MemberExists', members_pkey: 'MemberExists', members_email: 'MemberExists' },
    ),
});

const newUser = async (
  client: pg.ClientBase,
  email: string,
  { name, password }: { readonly name: string; readonly password: string },
): Promise<User> => {
  const { rows } = await client.query<User>(
    'insert into testmesh.users (email, name, password) values ($1, $2, $3) returning id, email, name',
    [email, name, password],
  );
  return only(rows);
};

/** A member whom somebody wrote down by address becomes the person who answers to it here. */
const join = (client: pg.ClientBase, workspace: string, { user, role }: { user: User; role: Role }) =>
  client.query(
    `insert into testmesh.members (workspace_id, user_id, email, name, role) values ($1, $2, $3, $4, $5)
     on conflict (workspace_id, lower(email)) do update
       set user_id = excluded.user_id, role = excluded.role, version = members.version + 1, updated_at = now()`,
    [uuid(workspace), user.id, user.email, user.name, role],
  );
