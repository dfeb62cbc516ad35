import type { Action } from '@testmesh/action-kit';
import { databaseQuery } from './database-query.ts';
import { dbPoll } from './db-poll.ts';
import { postgresqlActions } from './postgresql.ts';

export const actions: readonly Action[] = [databaseQuery, dbPoll, ...postgresqlActions];
export { databaseQuery, dbPoll };
