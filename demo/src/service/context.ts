import type { FastifyBaseLogger } from 'fastify';
import type { Cache } from './cache.ts';
import type { Config } from './config.ts';
import type { Database, Transaction } from './database.ts';
import type { FaultSwitch } from './faults.ts';
import { type Bell, type DomainEvent, storeEvent } from './outbox.ts';

interface Resources {
  readonly config: Config;
  readonly database: Database;
  readonly cache: Cache;
  readonly faults: FaultSwitch;
  readonly log: FastifyBaseLogger;
  readonly bell: Bell;
}

/** Everything a service may touch. */
export interface ServiceContext extends Resources {
  /** Rows and events change together: what `publish` was given leaves when the transaction is committed. */
  readonly transaction: <Result>(work: (tx: Transaction) => Promise<Result>) => Promise<Result>;
  /** Does the work for this event unless it was done before: a redelivered event changes nothing. */
  readonly once: (eventId: string, work: (tx: Transaction) => Promise<void>) => Promise<void>;
  readonly publish: (tx: Transaction, event: DomainEvent) => Promise<void>;
}

const CLAIM = 'INSERT INTO processed_events (event_id) VALUES ($1) ON CONFLICT DO NOTHING';

export const createContext = (resources: Resources): ServiceContext => {
  const { config, database, bell } = resources;
  const transaction: ServiceContext['transaction'] = async (work) => {
    const result = await database.transaction(work);
    bell.ring();
    return result;
  };
  return {
    ...resources,
    transaction,
    once: (eventId, work) =>
      transaction(async (tx) => {
        const { rowCount } = await tx.query(CLAIM, [eventId]);
        if (rowCount === 1) await work(tx);
      }),
    async publish(tx, event) {
      if (config.kafka.brokers.length > 0) await storeEvent(tx, event);
    },
  };
};
