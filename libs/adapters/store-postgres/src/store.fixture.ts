import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { type AuditAppend, type AuditEvent, AuditedStore } from './audited-store.ts';
import { migrateStore } from './migrate.ts';
import { aesSealer } from './sealing.ts';

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
  const pool = new pg.Pool({ connectionString: own.href });
  // Dropping the database ends connections that are saying goodbye; that is no error of a test.
  pool.on('error', () => undefined);
  return {
    address: own.href,
    pool,
    drop: async () => {
      await pool.end();
      await admin.query(`drop database ${name} with (force)`);
      await admin.end();
    },
  };
};

export interface TestStore extends TestDatabase {
  readonly store: AuditedStore;
  /** The audit events appended so far. */
  readonly events: AuditEvent[];
}

/** A migrated database whose audit events are kept aside. */
export const freshStore = async (address: string): Promise<TestStore> => {
  const database = await freshDatabase(address);
  await migrateStore(database.address, 'up');
  const events: AuditEvent[] = [];
  const append: AuditAppend = async (_client, event) => {
    events.push(event);
  };
  return { ...database, store: new AuditedStore(database.pool, append), events };
};

export const testSealer = aesSealer({ current: 'k1', keys: new Map([['k1', new Uint8Array(32).fill(7)]]) });
