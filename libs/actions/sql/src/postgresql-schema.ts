// The driver-free face of the postgresql.* actions: rows by table and column, with the camelCase results people know.
import type { ActionSchema, ResultKey } from '@testmesh/contracts';
import {
  postgresqlAssertConfig,
  postgresqlColumnsConfig,
  postgresqlDeleteConfig,
  postgresqlExecuteConfig,
  postgresqlInsertConfig,
  postgresqlQueryConfig,
  postgresqlTablesConfig,
  postgresqlTransactionConfig,
  postgresqlUpdateConfig,
} from './config.ts';
import { splitStatements } from './statement.ts';

const PARTS = ['host', 'port', 'database', 'user', 'username', 'password', 'sslmode', 'connectionTimeout'] as const;

/** Host, port and the like beside the other keys become the `connection` map. */
const gatherConnection = (config: Readonly<Record<string, unknown>>): Record<string, unknown> => {
  if (!PARTS.some((part) => part in config)) return config;
  const { host, port, database, user, username, password, sslmode, connectionTimeout, ...rest } = config;
  const parts = { host: host ?? 'localhost', port, database, user: user ?? username, password, ssl: sslmode };
  const timeout = typeof connectionTimeout === 'number' ? `${connectionTimeout}ms` : connectionTimeout;
  const given = Object.entries({ ...parts, timeout }).filter(([, value]) => value !== undefined);
  return { ...rest, connection: Object.fromEntries(given) };
};

const shared = {
  aliases: [],
  keyAliases: { connectionString: 'connection', connection_string: 'connection', dsn: 'connection' },
  normalise: gatherConnection,
  environmentKeys: ['connection'],
  resultAliases: {},
} as const;

const once = (): 'once' => 'once';
const repeatable = (): 'repeatable' => 'repeatable';

const rows: ResultKey = { type: 'list', description: 'The rows that came back.' };
const duration: ResultKey = { type: 'number', description: 'How long it took.' };

const example = (name: string, body: string): string => `flow:
  name: ${name}
  env:
    DB: postgresql://root:admin@localhost:5432/postgres
  steps:
${body.replace(/^/gm, '    ').trimEnd()}
`;

const CREATE_NOTES = `- id: create
  action: postgresql.execute
  config:
    connection: \${DB}
    statement: CREATE TEMP TABLE notes (id int PRIMARY KEY, text text)
`;

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
