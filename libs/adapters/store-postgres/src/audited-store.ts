import type { ConfigEventType, ValueMap } from '@testmesh/domain';
import pg from 'pg';
import { type Changed, type ConfigRefusal, refused } from './changed.ts';

/** Who changes something, and in which workspace. */
export interface Caller {
  readonly workspace: string;
  readonly actor: string;
}

/** One change of configuration, as the stream `config-<workspace>` keeps it. Never holds a secret. */
export interface AuditEvent extends Caller {
  readonly type: ConfigEventType;
  readonly data: ValueMap;
}

/** Appends to the journal within the transaction of `client`. */
export type AuditAppend = (client: pg.ClientBase, event: AuditEvent) => Promise<void>;

/** What a change works with: SQL of its transaction, and the record of what it did. */
export interface Transaction {
  readonly client: pg.ClientBase;
  readonly record: (type: ConfigEventType, data: ValueMap) => void;
}

const UNIQUE_VIOLATION = '23505';

// A1. A row and its audit event commit together, or neither does.
// A2. A refused change leaves nothing behind.
// A3. A change that recorded nothing is a defect, unless it says that everything was so before.

/** Configuration rows whose every change is told to the journal. */
export class AuditedStore {
  readonly pool: pg.Pool;
  readonly #append: AuditAppend;

  constructor(pool: pg.Pool, append: AuditAppend) {
    this.pool = pool;
    this.#append = append;
  }

  /** `clashes` says which refusal a unique index stands for. */
  async change<Value>(
    caller: Caller,
    work: (transaction: Transaction) => Promise<Changed<Value>>,
    clashes: Readonly<Record<string, ConfigRefusal>> = {},
  ): Promise<Changed<Value>> {
    const client = await this.pool.connect();
    let broken: Error | undefined;
    try {
      return await this.#inTransaction(client, caller, work);
    } catch (cause) {
      await client.query('rollback').catch((error: Error) => {
        broken = error;
      });
      const refusal = clashOf(cause, clashes);
      if (refusal === undefined) throw cause;
      return refusal;
    } finally {
      client.release(broken);
    }
  }

  async #inTransaction<Value>(
    client: pg.PoolClient,
    caller: Caller,
    work: (transaction: Transaction) => Promise<Changed<Value>>,
  ): Promise<Changed<Value>> {
    const events: AuditEvent[] = [];
    await client.query('begin');
    const result = await work({ client, record: (type, data) => events.push({ ...caller, type, data }) });
    if (!result.ok || result.isUnchanged === true) {
      await client.query('rollback');
      return result;
    }
    if (events.length === 0) throw new Error('a change of configuration recorded no audit event');
    for (const event of events) await this.#append(client, event);
    await client.query('commit');
    return result;
  }
}

const clashOf = (cause: unknown, clashes: Readonly<Record<string, ConfigRefusal>>) => {
  if (!(cause instanceof pg.DatabaseError) || cause.code !== UNIQUE_VIOLATION) return undefined;
  const refusal = clashes[cause.constraint ?? ''];
  return refusal && (refusal === 'AlreadyMade' ? refused(refusal) : refused(refusal, takenIn(cause.detail)));
};

/** The last part of the key that is there already, as PostgreSQL tells it: what belongs to what stands before it. */
const takenIn = (detail = ''): readonly string[] | undefined => {
  const [, columns = '', values] = /^Key \(([^=]*)\)=\((.*)\) /s.exec(detail) ?? [];
  if (values === undefined) return undefined;
  return [columns.includes(', ') ? values.slice(values.indexOf(', ') + 2) : values];
};
