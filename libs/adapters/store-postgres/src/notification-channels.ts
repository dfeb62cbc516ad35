import type { ValueMap } from '@testmesh/domain';
import type { NotificationEvent } from '@testmesh/ports';
import type { AuditedStore, Caller } from './audited-store.ts';
import { type Changed, changed, refused } from './changed.ts';
import { type Listed, listRows, lockRow, only, type Page, type Queryable, type Seen, uuid } from './rows.ts';
import type { Sealer } from './sealing.ts';

export type ChannelKind = 'slack' | 'webhook' | 'email';
type ChannelEvent = Exclude<NotificationEvent, 'test'>;
type ChannelAbout = 'schedule' | 'suite' | 'flow';

/** Addresses and keys of a channel: kept sealed, never given out but to the sender. */
export type ChannelSecrets = Readonly<Record<string, string>>;

/** What may be read again of a channel: recipients, a host. */
export type ChannelSettings = Readonly<Record<string, string | readonly string[]>>;

export interface ChannelContent {
  readonly name: string;
  readonly kind: ChannelKind;
  readonly enabled: boolean;
  readonly settings: ChannelSettings;
  readonly events: readonly ChannelEvent[];
  readonly about: readonly ChannelAbout[];
}

export interface Channel extends ChannelContent {
  readonly id: string;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

interface ChannelEdit {
  readonly id: string;
  readonly seen?: Seen | undefined;
}

export interface ChannelStore {
  readonly list: (workspace: string, page: Page) => Promise<Listed<Channel>>;
  readonly get: (workspace: string, id: string) => Promise<Channel | undefined>;
  readonly create: (caller: Caller, content: ChannelContent, secrets: ChannelSecrets) => Promise<Changed<Channel>>;
  /** Secrets that are not given stay as they are. */
  readonly update: (
    caller: Caller,
    edit: ChannelEdit,
    change: { readonly content: ChannelContent; readonly secrets: ChannelSecrets },
  ) => Promise<Changed<Channel>>;
  readonly remove: (caller: Caller, edit: ChannelEdit) => Promise<Changed<undefined>>;
  /** Puts a message into the outbox for this channel alone; the id of its delivery. */
  readonly test: (workspace: string, id: string) => Promise<string | undefined>;
}

const COLUMNS = `id, name, kind, enabled, settings, events, about, version, created_at as "createdAt",
  updated_at as "updatedAt"`;
const CLASHES = { notification_channels_workspace_id_name_key: 'NameTaken' } as const;

/** A sealed text opens as this channel's alone. */
export const channelContext = (id: string): string => `notification-channel/${id}`;

export const postgresChannels = (store: AuditedStore, sealer: Sealer): ChannelStore => {
  return {
    list: (workspace, page) =>
      listRows<Channel>(
        store.pool,
        {
          columns: COLUMNS,
          source: 'from testmesh.notification_channels where workspace_id = $1',
          order: 'name, id',
          values: [uuid(workspace)],
        },
        page,
      ),
    get: (workspace, id) => find(store.pool, workspace, id),
    create: (caller, content, secrets) => create({ store, sealer }, caller, { content, secrets }),
    update: (caller, edit, change) => update({ store, sealer }, caller, { ...edit, ...change }),
    remove: (caller, { id, seen }) =>
      store.change(caller, async ({ client, record }) => {
        const found = await lockRow(client, 'notification_channels', { workspace: caller.workspace, id, seen });
        if (!found.ok) return found;
        const { rows } = await client.query<Channel>(
          `delete from testmesh.notification_channels where id = $1 returning ${COLUMNS}`,
          [id],
        );
        record('NotificationChannelDeleted', summary(only(rows)));
        return changed(undefined);
      }),
    test: async (workspace, id) => {
      const { rows } = await store.pool.query<{ id: string }>(TEST, [uuid(workspace), uuid(id)]);
      return rows[0]?.id;
    },
  };
};

interface Writing {
  readonly store: AuditedStore;
  readonly sealer: Sealer;
}

/** What a channel of a kind cannot do without. */
const NEEDED: Readonly<Record<ChannelKind, readonly string[]>> = {
  slack: ['url'],
  webhook: ['url', 'signing_secret'],
  email: ['server'],
};

/** The sealed secrets, or the names of those that are missing. */
const sealed = (sealer: Sealer, { id, kind }: { id: string; kind: ChannelKind }, secrets: ChannelSecrets) => {
  const missing = NEEDED[kind].filter((name) => secrets[name] === undefined);
  return missing.length > 0 ? missing : sealer.seal(JSON.stringify(secrets), channelContext(id));
};

const create = (
  { store, sealer }: Writing,
  caller: Caller,
  { content, secrets }: { readonly content: ChannelContent; readonly secrets: ChannelSecrets },
): Promise<Changed<Channel>> =>
  store.change(
    caller,
    async ({ client, record }) => {
      const id = crypto.randomUUID();
      const kept = sealed(sealer, { id, kind: content.kind }, secrets);
      if (typeof kept !== 'string') return refused('SecretValueMissing', kept);
      const { rows } = await client.query<Channel>(
        `insert into testmesh.notification_channels
           (id, workspace_id, name, kind, enabled, settings, events, about, sealed)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning ${COLUMNS}`,
        [id, uuid(caller.workspace), ...valuesOf(content), kept],
      );
      const channel = only(rows);
      record('NotificationChannelCreated', summary(channel));
      return changed(channel);
    },
    CLASHES,
  );

interface Update extends ChannelEdit {
  readonly content: ChannelContent;
  readonly secrets: ChannelSecrets;
}

const update = (
  { store, sealer }: Writing,
  caller: Caller,
  { id, seen, content, secrets }: Update,
): Promise<Changed<Channel>> =>
  store.change(
    caller,
    async ({ client, record }) => {
      const found = await lockRow(client, 'notification_channels', { workspace: caller.workspace, id, seen });
      if (!found.ok) return found;
      const sql = 'select kind, sealed from testmesh.notification_channels where id = $1';
      const before = only((await client.query<{ kind: ChannelKind; sealed: string }>(sql, [id])).rows);
      // The kept secrets are those of the kind it was.
      const isSameKind = before.kind === content.kind;
      const earlier = isSameKind ? (JSON.parse(sealer.open(before.sealed, channelContext(id))) as ChannelSecrets) : {};
      const kept = sealed(sealer, { id, kind: content.kind }, { ...earlier, ...secrets });
      if (typeof kept !== 'string') return refused('SecretValueMissing', kept);
      const { rows } = await client.query<Channel>(
        `update testmesh.notification_channels set name = $2, kind = $3, enabled = $4, settings = $5, events = $6,
           about = $7, sealed = $8, version = version + 1, updated_at = now()
         where id = $1 returning ${COLUMNS}`,
        [id, ...valuesOf(content), kept],
      );
      const channel = only(rows);
      record('NotificationChannelUpdated', { ...summary(channel), secrets_changed: Object.keys(secrets).sort() });
      return changed(channel);
    },
    CLASHES,
  );

const TEST = `with channel as (
    select id, workspace_id, name from testmesh.notification_channels where workspace_id = $1 and id = $2
  ), message as (
    insert into testmesh.notifications (workspace_id, event, title, message)
    select workspace_id, 'test', 'A test of the channel ' || name, 'If you read this, messages of TestMesh arrive here.'
    from channel returning id
  )
  insert into testmesh.deliveries (workspace_id, notification_id, channel_id)
  select channel.workspace_id, message.id, channel.id from channel, message returning id`;

const find = async (db: Queryable, workspace: string, id: string): Promise<Channel | undefined> => {
  const sql = `select ${COLUMNS} from testmesh.notification_channels where workspace_id = $1 and id = $2`;
  return (await db.query<Channel>(sql, [uuid(workspace), uuid(id)])).rows[0];
};

const valuesOf = ({ name, kind, enabled, settings, events, about }: ChannelContent): readonly unknown[] => [
  name,
  kind,
  enabled,
  settings,
  events,
  about,
];

const summary = ({ id, name, kind, enabled, events, about, version }: Channel): ValueMap => ({
  id,
  name,
  kind,
  enabled,
  events: [...events],
  about: [...about],
  version,
});
