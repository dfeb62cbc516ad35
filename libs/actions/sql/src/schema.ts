// The driver-free face of the SQL actions: validation, completion and documentation load this and nothing else.
import type { ActionSchema } from '@testmesh/contracts';
import type { ValueMap } from '@testmesh/domain';
import { databaseQueryConfig, dbPollConfig } from './config.ts';
import { queryFaults } from './faults.ts';
import { postgresqlSchemas } from './postgresql-schema.ts';
import { splitStatements } from './statement.ts';

const CONNECTION_ALIASES = { connection_string: 'connection', connectionString: 'connection', dsn: 'connection' };

/** A single statement that only reads may run again without anyone noticing. */
export const isRepeatable = ({ query, transaction, schema }: ValueMap): boolean => {
  if (typeof query !== 'string' || transaction === true || schema !== undefined) return false;
  const [only, ...more] = splitStatements(query, 'postgres');
  return only !== undefined && more.length === 0 && only.readsOnly;
};

export const databaseQuerySchema = {
  type: 'database_query',
  aliases: ['sql', 'db_query'],
  summary: 'Run SQL on PostgreSQL, MySQL or MariaDB and look at the rows.',
  config: databaseQueryConfig,
  keyAliases: { ...CONNECTION_ALIASES, sql: 'query', named_params: 'params' },
  faults: queryFaults,
  environmentKeys: ['connection'],
  result: {
    rows: { type: 'list', description: 'The rows as maps of columns; of the last statement that returned any.' },
    row_count: { type: 'number', description: 'How many rows came back.' },
    first_row: { type: 'any', description: 'The first row, null when there is none.' },
    rows_affected: {
      type: 'number',
      description: 'How many rows were inserted, changed or deleted, over all statements.',
    },
    columns: { type: 'list', description: 'The names of the columns, in order.' },
    query_type: { type: 'string', description: 'What the statement was: SELECT, INSERT, CREATE …' },
    results: {
      type: 'list',
      description: 'Of several statements each, with rows, row_count, rows_affected, columns and query_type.',
    },
    truncated: { type: 'boolean', description: 'Whether `max_rows` left rows out.' },
    duration_ms: { type: 'number', description: 'How long the query took.' },
    attempts: { type: 'number', description: 'How often the query ran; more than 1 only with `poll`.' },
  },
  resultAliases: { count: 'row_count' },
  effect: (config) => (isRepeatable(config) ? 'repeatable' : 'once'),
  checksByItself: false,
  example: `flow:
  name: An order is stored with its total
  env:
    DB: postgresql://root:admin@localhost:5432/postgres
  steps:
    - id: total
      action: database_query
      config:
        connection: \${DB}
        query: SELECT 2 * 29.99 AS total, 'pending' AS status
      assert:
        - row_count == 1
        - rows[0].total == 59.98
        - first_row.status == "pending"
`,
} as const satisfies ActionSchema;

export const dbPollSchema = {
  type: 'db_poll',
  aliases: [],
  summary: 'Repeat a query until it returns what is expected.',
  config: dbPollConfig,
  keyAliases: { ...CONNECTION_ALIASES, sql: 'query', poll_interval: 'interval' },
  normalise: (config) => {
    const { expected_rows: rows, expected_value: value, column, condition, ...rest } = config;
    if (value !== undefined) return { ...rest, condition: { type: 'value_equals', column, value } };
    if (rows !== undefined) return { ...rest, condition: { type: 'row_count', min_count: rows } };
    return isRowValue(condition) ? { ...config, condition: { ...condition, type: 'value_equals' } } : config;
  },
  faults: queryFaults,
  environmentKeys: ['connection'],
  result: {
    success: { type: 'boolean', description: 'True; a wait that ends without success fails the step.' },
    rows: { type: 'list', description: 'The rows that met the condition.' },
    row_count: { type: 'number', description: 'How many rows there were.' },
    first_row: { type: 'any', description: 'The first row, null when there is none.' },
    attempts: { type: 'number', description: 'How often the query ran.' },
    duration_ms: { type: 'number', description: 'How long it took.' },
  },
  resultAliases: { count: 'row_count' },
  effect: () => 'repeatable',
  checksByItself: true,
  example: `flow:
  name: A row appears in time
  env:
    DB: postgresql://root:admin@localhost:5432/postgres
  steps:
    - id: wait_for_row
      action: db_poll
      config:
        connection: \${DB}
        query: SELECT 'sent' AS status
        timeout: 5s
        interval: 100ms
        condition:
          type: value_equals
          column: status
          value: sent
      assert:
        - first_row.status == "sent"
`,
} as const satisfies ActionSchema;

const isRowValue = (condition: unknown): condition is Record<string, unknown> =>
  typeof condition === 'object' && condition !== null && 'type' in condition && condition.type === 'row_value';

export const schemas: readonly ActionSchema[] = [databaseQuerySchema, dbPollSchema, ...postgresqlSchemas];
