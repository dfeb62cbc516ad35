// What the schemas of the postgresql.* actions share.
import type { ResultKey } from '@testmesh/contracts';
import { queryFaults } from './faults.ts';

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

/** What every postgresql.* action has in common. */
export const shared = {
  aliases: [],
  keyAliases: { connectionString: 'connection', connection_string: 'connection', dsn: 'connection' },
  normalise: gatherConnection,
  faults: queryFaults,
  environmentKeys: ['connection'],
  resultAliases: {},
} as const;

export const once = (): 'once' => 'once';
export const repeatable = (): 'repeatable' => 'repeatable';

export const rows: ResultKey = { type: 'list', description: 'The rows that came back.' };
export const duration: ResultKey = { type: 'number', description: 'How long it took.' };

/** A complete flow around some steps. */
export const example = (name: string, body: string): string => `flow:
  name: ${name}
  env:
    DB: postgresql://root:admin@localhost:5432/postgres
  steps:
${body.replace(/^/gm, '    ').trimEnd()}
`;

/** The table that the examples write to. */
export const CREATE_NOTES = `- id: create
  action: postgresql.execute
  config:
    connection: \${DB}
    statement: CREATE TEMP TABLE notes (id int PRIMARY KEY, text text)
`;
