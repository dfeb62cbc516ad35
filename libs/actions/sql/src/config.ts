// The configs of the SQL actions, as zod sees them after rendering. No driver is imported here.
import { byteSize, durationMs, timeoutMs } from '@testmesh/contracts';
import type { Value } from '@testmesh/domain';
import * as z from 'zod';

// `z.unknown()` hands values through untouched, so an exact number keeps its digits.
const anyValue = z.unknown().transform((value) => value as Value);

// These look at which keys are there, which can be said even when some value is wrong.
const always = ({ value }: { value: unknown }): boolean => typeof value === 'object' && value !== null;

const connectionMap = z.strictObject({
  type: z.enum(['postgres', 'postgresql', 'mysql', 'mariadb']).default('postgresql').describe('The kind of database.'),
  host: z.string().describe('A host name, or the folder of a Unix socket.'),
  port: z.int().min(1).max(65_535).optional().describe('Default 5432, for MySQL 3306.'),
  database: z.string().optional(),
  username: z.string().optional(),
  user: z.string().optional(),
  password: z.string().optional(),
  ssl: z
    .union([z.boolean(), z.enum(['disable', 'prefer', 'require', 'verify-ca', 'verify-full'])])
    .optional()
    .describe('How the connection is encrypted; true means require.'),
  ca: z.string().optional().describe('A CA file for verify-ca and verify-full.'),
  timeout: timeoutMs.optional().describe('How long connecting may take; default 10s.'),
});

const connection = z
  .union([z.string().min(1), connectionMap])
  .describe('A URL such as postgresql://user:password@host:5432/database or mysql://…, or a map of its parts.');
export type ConnectionConfig = z.output<typeof connection>;

const params = z
  .union([z.array(anyValue), z.record(z.string(), anyValue)])
  .describe('A list for `$1`, `$2` (or `?`), or a map for `:name`.');

const statement = z.union([z.string().min(1), z.strictObject({ query: z.string().min(1), params: params.optional() })]);
const statements = z.array(statement).min(1);
export type StatementConfig = z.output<typeof statement>;

const identifier = z.string().min(1).max(63);

export const databaseQueryConfig = z
  .strictObject({
    connection,
    query: z.string().min(1).optional().describe('The statement; several when there are no `params`.'),
    params: params.optional(),
    statements: statements
      .optional()
      .describe('Several statements, run in one transaction unless `transaction: false`.'),
    transaction: z.boolean().optional().describe('Whether everything is undone when one statement fails.'),
    timeout: timeoutMs.optional().describe('After this time the query is cancelled on the server and the step fails.'),
    poll: z
      .strictObject({ timeout: timeoutMs.prefault('30s'), interval: durationMs.prefault('500ms') })
      .optional()
      .describe('Repeats a query that only reads until the assertions of the step hold.'),
    schema: z
      .strictObject({ create: identifier })
      .optional()
      .describe('Creates a schema, makes it the current one and drops it when the run ends.'),
    max_rows: z.int().positive().optional().describe('Keeps this many rows; `truncated` says when there were more.'),
    max_result_size: byteSize.prefault('64MiB').describe('A larger result fails the step.'),
  })
  .refine(({ query, statements: list }) => query !== undefined || list !== undefined, {
    path: ['query'],
    message: 'a query is missing',
    when: always,
  })
  .refine(({ query, statements: list }) => query === undefined || list === undefined, {
    path: ['statements'],
    message: 'give either `query` or `statements`',
    when: always,
  })
  .refine(({ statements: list, params: given }) => list === undefined || given === undefined, {
    path: ['params'],
    message: 'with `statements`, each statement carries its own `params`',
    when: always,
  });
export type DatabaseQueryConfig = z.output<typeof databaseQueryConfig>;

const pollCondition = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('row_exists') }),
  z.strictObject({ type: z.literal('row_count'), min_count: z.int().min(0).default(1) }),
  z.strictObject({ type: z.literal('value_equals'), column: z.string(), value: anyValue }),
  z.strictObject({ type: z.literal('value_not_null'), column: z.string() }),
]);
export type PollCondition = z.output<typeof pollCondition>;

export const dbPollConfig = z.strictObject({
  connection,
  query: z.string().min(1).describe('The query to repeat.'),
  params: params.optional(),
  timeout: timeoutMs.prefault('60s').describe('When to give up.'),
  interval: durationMs.prefault('1s').describe('How long to wait between two tries.'),
  max_attempts: z.int().positive().optional().describe('Gives up after this many tries, if that comes first.'),
  condition: pollCondition
    .prefault({ type: 'row_exists' })
    .describe('What to wait for: row_exists, row_count, value_equals or value_not_null.'),
});
export type DbPollConfig = z.output<typeof dbPollConfig>;

const table = z.string().min(1).describe('A table, with its schema where needed: orders, shop.orders.');
const returning = z
  .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
  .prefault('*')
  .describe('The columns that come back; default all.');
const row = z.record(z.string(), anyValue).refine((data) => Object.keys(data).length > 0, 'no column is given');

export const postgresqlQueryConfig = z.strictObject({
  connection,
  query: z.string().min(1).describe('The statement.'),
  params: params.optional(),
});
export const postgresqlInsertConfig = z.strictObject({
  connection,
  table,
  data: z.union([row, z.array(row).min(1)]).describe('A row as a map of columns, or a list of rows.'),
  returning,
});
export const postgresqlUpdateConfig = z.strictObject({
  connection,
  table,
  data: row.describe('The columns to change.'),
  where: z.string().min(1).describe('Which rows; `$1` is the first of `whereParams`.'),
  whereParams: z.array(anyValue).default([]).describe('The values for `where`.'),
  returning,
});
export const postgresqlDeleteConfig = z.strictObject({
  connection,
  table,
  where: z.string().min(1).describe('Which rows.'),
  params: z.array(anyValue).default([]).describe('The values for `where`.'),
  returning: returning.optional(),
});
const expectation = z.strictObject({
  field: z.string(),
  operator: z.enum(['eq', 'neq', 'gt', 'gte', 'lt', 'lte', 'contains', 'isNull', 'isNotNull']),
  value: anyValue.optional(),
});
export type FieldExpectation = z.output<typeof expectation>;
export const postgresqlAssertConfig = z.strictObject({
  connection,
  query: z.string().min(1).describe('Its first row is judged.'),
  params: params.optional(),
  assertions: z.array(expectation).min(1).describe('What must hold for the first row.'),
});
export const postgresqlExecuteConfig = z
  .strictObject({
    connection,
    statement: z.string().min(1).optional().describe('One statement.'),
    statements: z.array(z.string().min(1)).min(1).optional().describe('Several statements, in order.'),
  })
  .refine((config) => (config.statement === undefined) !== (config.statements === undefined), {
    path: ['statement'],
    message: 'give either `statement` or `statements`',
    when: always,
  });
export const postgresqlTransactionConfig = z.strictObject({
  connection,
  statements: statements.describe('Statements, or `{query, params}`, all done or none.'),
});
export const postgresqlTablesConfig = z.strictObject({
  connection,
  schema: z.string().default('public').describe('The schema to list.'),
});
export const postgresqlColumnsConfig = z.strictObject({
  connection,
  table: z.string().min(1).describe('The table.'),
  schema: z.string().default('public').describe("The table's schema."),
});
