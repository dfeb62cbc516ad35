// postgresql.execute, .transaction, .tables and .columns: statements as they are, and what the catalogue knows.
import type { ActionSchema } from '@testmesh/contracts';
import {
  postgresqlColumnsConfig,
  postgresqlExecuteConfig,
  postgresqlTablesConfig,
  postgresqlTransactionConfig,
} from './config.ts';
import { CREATE_NOTES, duration, example, once, repeatable, shared } from './postgresql-parts.ts';

export const postgresqlExecuteSchema = {
  ...shared,
  type: 'postgresql.execute',
  summary: 'Run one statement or several, each on its own.',
  config: postgresqlExecuteConfig,
  result: {
    executed: { type: 'number', description: 'How many statements ran.' },
    results: { type: 'list', description: 'One entry per statement, with rows and rowCount.' },
    duration_ms: duration,
  },
  effect: once,
  checksByItself: false,
  example: example(
    'A table is made and filled',
    `- id: prepare
  action: postgresql.execute
  config:
    connection: \${DB}
    statements:
      - CREATE TEMP TABLE notes (id int)
      - INSERT INTO notes VALUES (1), (2)
  assert:
    - executed == 2
    - results[1].rowCount == 2
`,
  ),
} as const satisfies ActionSchema;

export const postgresqlTransactionSchema = {
  ...shared,
  type: 'postgresql.transaction',
  summary: 'Run several statements: all of them take effect or none.',
  config: postgresqlTransactionConfig,
  result: {
    committed: { type: 'boolean', description: 'True; when a statement fails, all are undone and the step fails.' },
    results: { type: 'list', description: 'One entry per statement, with rows and rowCount.' },
    duration_ms: duration,
  },
  effect: once,
  checksByItself: false,
  example: example(
    'Both statements or none',
    `${CREATE_NOTES}- id: both
  action: postgresql.transaction
  config:
    connection: \${DB}
    statements:
      - query: INSERT INTO notes VALUES ($1, $2)
        params: [1, one]
      - UPDATE notes SET text = 'uno' WHERE id = 1
  assert:
    - committed == true
    - results[1].rowCount == 1
`,
  ),
} as const satisfies ActionSchema;

export const postgresqlTablesSchema = {
  ...shared,
  type: 'postgresql.tables',
  summary: 'List the tables of a schema.',
  config: postgresqlTablesConfig,
  result: {
    tables: { type: 'list', description: 'The names, in alphabetical order.' },
    rowCount: { type: 'number', description: 'How many there are.' },
    duration_ms: duration,
  },
  effect: repeatable,
  checksByItself: false,
  example: example(
    'The catalogue has a table of types',
    `- id: tables
  action: postgresql.tables
  config:
    connection: \${DB}
    schema: pg_catalog
  assert:
    - tables contains "pg_type"
`,
  ),
} as const satisfies ActionSchema;

export const postgresqlColumnsSchema = {
  ...shared,
  type: 'postgresql.columns',
  summary: 'List the columns of a table.',
  config: postgresqlColumnsConfig,
  result: {
    columns: { type: 'list', description: 'Maps of name, type, nullable and default, in order.' },
    rowCount: { type: 'number', description: 'How many there are.' },
    duration_ms: duration,
  },
  effect: repeatable,
  checksByItself: false,
  example: example(
    'A table has the column that a service expects',
    `- id: columns
  action: postgresql.columns
  config:
    connection: \${DB}
    schema: pg_catalog
    table: pg_type
  assert:
    - columns[0].name == "oid"
    - columns[0].nullable == false
`,
  ),
} as const satisfies ActionSchema;
