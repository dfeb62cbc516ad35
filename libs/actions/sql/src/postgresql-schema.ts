// The driver-free face of the postgresql.* actions: rows by table and column, with the camelCase results people know.
import type { ActionSchema } from '@testmesh/contracts';
import {
  postgresqlAssertSchema,
  postgresqlDeleteSchema,
  postgresqlInsertSchema,
  postgresqlQuerySchema,
  postgresqlUpdateSchema,
} from './postgresql-rows-schema.ts';
import {
  postgresqlColumnsSchema,
  postgresqlExecuteSchema,
  postgresqlTablesSchema,
  postgresqlTransactionSchema,
} from './postgresql-statements-schema.ts';

export const postgresqlSchemas: readonly ActionSchema[] = [
  postgresqlQuerySchema,
  postgresqlInsertSchema,
  postgresqlUpdateSchema,
  postgresqlDeleteSchema,
  postgresqlAssertSchema,
  postgresqlExecuteSchema,
  postgresqlTransactionSchema,
  postgresqlTablesSchema,
  postgresqlColumnsSchema,
];
