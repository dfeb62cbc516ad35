// postgresql.query, .insert, .update, .delete and .assert: what they do with rows.
import type { ActionSchema } from '@testmesh/contracts';
import {
  postgresqlAssertConfig,
  postgresqlDeleteConfig,
  postgresqlInsertConfig,
  postgresqlQueryConfig,
  postgresqlUpdateConfig,
} from './config.ts';
import { CREATE_NOTES, duration, example, once, repeatable, rows, shared } from './postgresql-parts.ts';
import { splitStatements } from './statement.ts';

export const postgresqlQuerySchema = {
  ...shared,
  type: 'postgresql.query',
  summary: 'Run a statement on PostgreSQL.',
  config: postgresqlQueryConfig,
  result: {
    rows,
    rowCount: { type: 'number', description: 'How many rows came back or were changed.' },
    fields: { type: 'list', description: 'The names of the columns.' },
    duration_ms: duration,
  },
  resultAliases: { row_count: 'rowCount', count: 'rowCount' },
  effect: ({ query }) => {
    const statements = typeof query === 'string' ? splitStatements(query, 'postgres') : [];
    return statements.length === 1 && statements[0]?.readsOnly ? 'repeatable' : 'once';
  },
  checksByItself: false,
  example: example(
    'A query with parameters',
    `- id: sum
  action: postgresql.query
  config:
    connection: \${DB}
    query: SELECT $1::int + $2::int AS total
    params: [2, 3]
  assert:
    - rowCount == 1
    - rows[0].total == 5
`,
  ),
} as const satisfies ActionSchema;

export const postgresqlInsertSchema = {
  ...shared,
  type: 'postgresql.insert',
  summary: 'Insert a row, or several, into a table.',
  config: postgresqlInsertConfig,
  result: { inserted: { type: 'number', description: 'How many rows were inserted.' }, rows, duration_ms: duration },
  effect: once,
  checksByItself: false,
  example: example(
    'A row is inserted and comes back',
    `${CREATE_NOTES}- id: insert
  action: postgresql.insert
  config:
    connection: \${DB}
    table: notes
    data: { id: 1, text: hello }
  assert:
    - inserted == 1
    - rows[0].text == "hello"
`,
  ),
} as const satisfies ActionSchema;

export const postgresqlUpdateSchema = {
  ...shared,
  type: 'postgresql.update',
  summary: 'Change rows of a table.',
  config: postgresqlUpdateConfig,
  result: { updated: { type: 'number', description: 'How many rows were changed.' }, rows, duration_ms: duration },
  effect: once,
  checksByItself: false,
  example: example(
    'A row is changed',
    `${CREATE_NOTES}- id: insert
  action: postgresql.insert
  config: { connection: "\${DB}", table: notes, data: { id: 1, text: hello } }
- id: update
  action: postgresql.update
  config:
    connection: \${DB}
    table: notes
    data: { text: goodbye }
    where: id = $1
    whereParams: [1]
  assert:
    - updated == 1
    - rows[0].text == "goodbye"
`,
  ),
} as const satisfies ActionSchema;

export const postgresqlDeleteSchema = {
  ...shared,
  type: 'postgresql.delete',
  summary: 'Delete rows of a table.',
  config: postgresqlDeleteConfig,
  result: {
    deleted: { type: 'number', description: 'How many rows were deleted.' },
    rows: { type: 'list', description: 'The deleted rows, when `returning` asks for them.' },
    duration_ms: duration,
  },
  effect: once,
  checksByItself: false,
  example: example(
    'Nothing is left to delete',
    `${CREATE_NOTES}- id: delete
  action: postgresql.delete
  config:
    connection: \${DB}
    table: notes
    where: id = $1
    params: [1]
  assert:
    - deleted == 0
`,
  ),
} as const satisfies ActionSchema;

export const postgresqlAssertSchema = {
  ...shared,
  type: 'postgresql.assert',
  summary: "Judge the first row of a query's result.",
  config: postgresqlAssertConfig,
  result: {
    passed: { type: 'boolean', description: 'Whether every assertion holds.' },
    assertions_checked: { type: 'number', description: 'How many assertions there were.' },
    row: { type: 'any', description: 'The row that was judged, null when there was none.' },
    duration_ms: duration,
  },
  effect: repeatable,
  checksByItself: true,
  example: example(
    'The first row is as expected',
    `- id: check
  action: postgresql.assert
  config:
    connection: \${DB}
    query: SELECT 98 AS inventory, 'Widget' AS name
    assertions:
      - { field: inventory, operator: gte, value: 98 }
      - { field: name, operator: eq, value: Widget }
`,
  ),
} as const satisfies ActionSchema;
