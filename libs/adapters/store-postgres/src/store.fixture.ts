import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { type AuditAppend, type AuditEvent, AuditedStore, type Caller } from './audited-store.ts';
import type { Changed } from './changed.ts';
import { migrateStore } from './migrate.ts';
import { aesSealer } from './sealing.ts';
import { postgresWorkspaces } from './workspaces.ts';

export interface TestDatabase {
  readonly address: string;
  readonly pool: pg.Pool;
  readonly drop: () => Promise<void>;
}

/** A database of its own beside the one at `address`. */
export const freshDatabase = async (address: string): Promise<TestDatabase> => {
  const name = `store_${randomBytes(6).toString('hex')}`;
  const admin = new pg.Client(address);
  await admin.connect();
  await admin.query(`create database ${name}`);
  const own = new URL(address);
  own.pathname = `/${name}`;
  const pool = new pg.Pool({ connectionString: own.href, pipeline: true });
  return {
    address: own.href,
    pool,
    drop: async () => {
      await pool.end();
      await quiet(admin, name);
      await admin.query(`drop database ${name}`);
      await admin.end();
    },
  };
};

/** Waits until the server has let the last connection go: a client's goodbye arrives a moment later. */
const quiet = async (admin: pg.Client, name: string): Promise<void> => {
  for (let round = 0; round < 200; round += 1) {
    const sql = 'select 1 from pg_stat_activity where datname = $1';
    if ((await admin.query(sql, [name])).rows.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
};

export interface TestStore extends TestDatabase {
  readonly store: AuditedStore;
  /** The audit events appended so far. */
  readonly events: AuditEvent[];
  /** Of a workspace with rows. */
  readonly caller: Caller;
  /** Of another workspace: whatever it asks for of the first one, it finds nothing. */
  readonly stranger: Caller;
}

/** The value of a change that was made. */
export const made = <Value>(change: Changed<Value>): Value => {
  if (!change.ok) throw new Error(`the change was refused: ${change.refusal}`);
  return change.value;
};

/** A migrated database whose audit events are kept aside. */
export const freshStore = async (address: string): Promise<TestStore> => {
  const database = await freshDatabase(address);
  await migrateStore(database.address, 'up');
  const events: AuditEvent[] = [];
  const append: AuditAppend = async (_client, event) => {
    events.push(event);
  };
  const store = new AuditedStore(database.pool, append);
  const callerOf = async (slug: string): Promise<Caller> => {
    const content = { name: slug, slug, description: '', type: 'team', settings: {} } as const;
    return { workspace: made(await postgresWorkspaces(store).create(content, 'test')).id, actor: 'key:test' };
  };
  return { ...database, store, events, caller: await callerOf('one'), stranger: await callerOf('two') };
};

export const testSealer = aesSealer({ current: 'k1', keys: new Map([['k1', new Uint8Array(32).fill(7)]]) });
