import type { NotificationEvent } from '@testmesh/ports';
import type pg from 'pg';
import { type Listed, listRows, only, type Page, uuid } from './rows.ts';

/** A message as one of its readers sees it. */
export interface Notification {
  readonly id: string;
  readonly event: NotificationEvent;
  readonly title: string;
  readonly message: string;
  readonly subjectKind: 'schedule' | 'suite' | 'flow' | null;
  readonly subjectId: string | null;
  readonly subjectName: string | null;
  readonly environment: string | null;
  readonly runId: string | null;
  readonly read: boolean;
  readonly createdAt: Date;
}

/** Who reads: each caller of a workspace has read what it has read. */
interface Reader {
  readonly workspace: string;
  readonly actor: string;
}

interface NotificationQuery extends Page {
  readonly unread?: boolean;
}

export interface NotificationStore {
  readonly list: (reader: Reader, query: NotificationQuery) => Promise<Listed<Notification> & { unread: number }>;
  /** False when there is no such notification. */
  readonly markRead: (reader: Reader, id: string) => Promise<boolean>;
  /** How many it had not read. */
  readonly markAllRead: (reader: Reader) => Promise<number>;
  readonly remove: (workspace: string, id: string) => Promise<boolean>;
}

const READ = `exists (select from testmesh.notification_reads m where m.notification_id = n.id and m.actor = $2)`;
const COLUMNS = `n.id, n.event, n.title, n.message, n.subject_kind as "subjectKind", n.subject_id as "subjectId",
  n.subject_name as "subjectName", n.environment, n.run_id as "runId", n.created_at as "createdAt", ${READ} as read`;

export const postgresNotifications = (pool: pg.Pool): NotificationStore => ({
  list: async ({ workspace, actor }, { unread, ...page }) => {
    const values = [uuid(workspace), actor];
    const mine = 'from testmesh.notifications n where n.workspace_id = $1';
    // Counting binds the reader, too: every statement of a listing gets the same values.
    const source = `${mine} and ($2::text is not null) ${unread === true ? `and not ${READ}` : ''}`;
    const listed = await listRows<Notification>(
      pool,
      { columns: COLUMNS, source, order: 'n.created_at desc, n.id', values },
      page,
    );
    const count = await pool.query<{ unread: number }>(
      `select count(*)::int as unread ${mine} and not ${READ}`,
      values,
    );
    return { ...listed, unread: only(count.rows).unread };
  },
  markRead: async ({ workspace, actor }, id) => {
    const values = [uuid(workspace), actor, uuid(id)];
    await pool.query(
      `insert into testmesh.notification_reads (notification_id, actor)
       select id, $2 from testmesh.notifications where workspace_id = $1 and id = $3 on conflict do nothing`,
      values,
    );
    const sql = 'select from testmesh.notifications where workspace_id = $1 and id = $2';
    return (await pool.query(sql, [uuid(workspace), uuid(id)])).rowCount === 1;
  },
  markAllRead: async ({ workspace, actor }) => {
    const sql = `insert into testmesh.notification_reads (notification_id, actor)
      select id, $2 from testmesh.notifications where workspace_id = $1 on conflict do nothing`;
    return (await pool.query(sql, [uuid(workspace), actor])).rowCount ?? 0;
  },
  remove: async (workspace, id) => {
    const sql = 'delete from testmesh.notifications where workspace_id = $1 and id = $2';
    return (await pool.query(sql, [uuid(workspace), uuid(id)])).rowCount === 1;
  },
});
