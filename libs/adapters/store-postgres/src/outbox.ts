import type { Delivery, Destination, Message, Outbox } from '@testmesh/ports';
import type pg from 'pg';
import { type ChannelKind, type ChannelSettings, channelContext } from './notification-channels.ts';
import { type Listed, listRows, type Page, uuid } from './rows.ts';
import type { Sealer } from './sealing.ts';
import { storable } from './view-columns.ts';

// X1. A delivery is claimed by one sender at a time; a sender that dies loses it when its lease ends, and it is sent again
//     under the same id: at least once, and a receiver can tell.
// X2. It ends once: what was delivered or given up is not claimed again.
// X3. A destination that cannot be read, as one that was sealed with a key that is gone, holds up no delivery but its own.

/** A delivery as people see it. */
export interface ShownDelivery {
  readonly id: string;
  readonly notificationId: string;
  readonly channelId: string | null;
  readonly channelName: string | null;
  readonly title: string;
  readonly state: 'waiting' | 'delivered' | 'dead';
  readonly attempts: number;
  readonly lastError: string | null;
  readonly nextAttemptAt: Date | null;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
}

interface DeliveryQuery extends Page {
  readonly state?: string;
  readonly channelId?: string;
}

export interface PostgresOutbox extends Outbox {
  readonly list: (workspace: string, query: DeliveryQuery) => Promise<Listed<ShownDelivery>>;
  /** Sends one again that was given up, with its attempts forgotten; false when there is none. */
  readonly revive: (workspace: string, id: string) => Promise<boolean>;
}

interface ClaimedRow extends Omit<Message, 'subject'> {
  readonly id: string;
  readonly attempt: number;
  readonly recipients: readonly string[] | null;
  readonly channelId: string | null;
  readonly kind: ChannelKind | null;
  readonly settings: ChannelSettings | null;
  readonly sealed: string | null;
  readonly subjectKind: 'schedule' | 'suite' | 'flow' | null;
  readonly subjectId: string | null;
  readonly subjectName: string | null;
}

const CLAIM = `with claimed as (
    update testmesh.deliveries set attempts = attempts + 1,
      next_attempt_at = clock_timestamp() + make_interval(secs => $2::float8 / 1000)
    where id in (select id from testmesh.deliveries where state = 'waiting' and next_attempt_at <= clock_timestamp()
      order by next_attempt_at limit $1 for update skip locked)
    returning id, workspace_id, notification_id, channel_id, recipients, attempts
  )
  select d.id, d.attempts as attempt, d.recipients, d.workspace_id as workspace, n.event, n.title, n.message as text,
    n.subject_kind as "subjectKind", n.subject_id as "subjectId", n.subject_name as "subjectName", n.environment,
    n.run_id as "runId", n.created_at as "createdAt", c.id as "channelId", c.kind, c.settings, c.sealed
  from claimed d join testmesh.notifications n on n.id = d.notification_id
    left join testmesh.notification_channels c on c.id = d.channel_id
  order by n.created_at, d.id`;

const LISTED = `from testmesh.deliveries d join testmesh.notifications n on n.id = d.notification_id
  left join testmesh.notification_channels c on c.id = d.channel_id
  where d.workspace_id = $1 and ($2::text is null or d.state = $2) and ($3::text is null or d.channel_id::text = lower($3))`;
const SHOWN = `d.id, d.notification_id as "notificationId", d.channel_id as "channelId", c.name as "channelName", n.title,
  d.state, d.attempts, d.last_error as "lastError", d.created_at as "createdAt", d.ended_at as "endedAt",
  case when d.state = 'waiting' then d.next_attempt_at end as "nextAttemptAt"`;

export const postgresOutbox = (pool: pg.Pool, sealer: Sealer): PostgresOutbox => ({
  claim: async (limit, leaseMs) => {
    const { rows } = await pool.query<ClaimedRow>(CLAIM, [limit, leaseMs]);
    return rows.map((row) => deliveryOf(row, sealer));
  },
  delivered: async (id) => {
    await pool.query(
      `update testmesh.deliveries set state = 'delivered', ended_at = now(), last_error = null
       where id = $1 and state = 'waiting'`,
      [id],
    );
  },
  failed: async (id, error, retryInMs) => {
    await pool.query(
      `update testmesh.deliveries set last_error = $2, state = case when $3::float8 is null then 'dead' else state end,
         ended_at = case when $3::float8 is null then now() end,
         next_attempt_at = clock_timestamp() + make_interval(secs => coalesce($3::float8, 0) / 1000)
       where id = $1 and state = 'waiting'`,
      [id, storable(error), retryInMs],
    );
  },
  list: (workspace, { state, channelId, ...page }) =>
    listRows<ShownDelivery>(
      pool,
      {
        columns: SHOWN,
        source: LISTED,
        order: 'd.created_at desc, d.id',
        values: [uuid(workspace), state ?? null, channelId ?? null],
      },
      page,
    ),
  revive: async (workspace, id) => {
    const sql = `update testmesh.deliveries set state = 'waiting', attempts = 0, next_attempt_at = now(), ended_at = null
      where workspace_id = $1 and id = $2 and state = 'dead'`;
    return (await pool.query(sql, [uuid(workspace), uuid(id)])).rowCount === 1;
  },
});

const deliveryOf = (row: ClaimedRow, sealer: Sealer): Delivery => {
  const { id, attempt, workspace, event, title, text, environment, runId, createdAt } = row;
  const { subjectKind: kind, subjectId, subjectName } = row;
  const subject = kind === null ? null : { kind, id: subjectId ?? '', name: subjectName ?? '' };
  const message = { workspace, event, title, text, environment, runId, createdAt, subject };
  return { id, attempt, message, ...readableOf(row, sealer) };
};

const readableOf = (row: ClaimedRow, sealer: Sealer): Pick<Delivery, 'destination' | 'unreadable'> => {
  try {
    return { destination: destinationOf(row, sealer) };
  } catch (error) {
    return { destination: undefined, unreadable: error instanceof Error ? error.message : String(error) };
  }
};

const destinationOf = (row: ClaimedRow, sealer: Sealer): Destination | undefined => {
  const { channelId, kind, sealed, settings, recipients } = row;
  if (channelId === null || kind === null || sealed === null) return undefined;
  const secrets = JSON.parse(sealer.open(sealed, channelContext(channelId))) as Readonly<Record<string, string>>;
  const secret = (name: string): string => secrets[name] ?? '';
  switch (kind) {
    case 'slack':
      return { kind, url: secret('url') };
    case 'webhook':
      return { kind, url: secret('url'), signingSecret: secret('signing_secret') };
    case 'email': {
      const to = recipients ?? (settings?.['to'] as readonly string[] | undefined) ?? [];
      return { kind, server: secret('server'), from: String(settings?.['from'] ?? ''), to };
    }
  }
};
