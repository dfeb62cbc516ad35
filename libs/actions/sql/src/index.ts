import type { Action } from '@testmesh/action-kit';
import { databaseQuery } from './database-query.ts';

export { databaseQuery };
export const actions: readonly Action[] = [databaseQuery];
