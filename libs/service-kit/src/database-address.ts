import pg from 'pg';
import { withPassword } from './with-password.ts';

const SCHEMES = new Set(['postgres:', 'postgresql:']);

/** The PostgreSQL that DATABASE_URL names, with its password; undefined where none is named. */
export const databaseFrom = (environment: NodeJS.ProcessEnv): string | undefined => {
  const address = environment['DATABASE_URL'];
  if (address === undefined || address === '') return undefined;
  const { protocol } = URL.parse(address) ?? {};
  if (protocol === undefined || !SCHEMES.has(protocol)) {
    const what = protocol === undefined ? 'no address' : `an address of ${protocol}//`;
    throw new Error(`DATABASE_URL is ${what}: it names a PostgreSQL as postgresql://USER:PASSWORD@HOST:PORT/DATABASE`);
  }
  return withPassword(environment, address, 'DATABASE_PASSWORD');
};

const CONNECT_MS = 10_000;

/** Rejects, with what the server said, unless the database can be connected to. */
export const demandDatabase = async (address: string): Promise<void> => {
  const client = new pg.Client({ connectionString: address, connectionTimeoutMillis: CONNECT_MS });
  // A connection that breaks later than the answer came has nobody to tell.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    throw new Error(`the PostgreSQL ${shown(address)} that DATABASE_URL names cannot be used: ${reasonOf(error)}`, {
      cause: error,
    });
  } finally {
    await client.end().catch(() => undefined);
  }
};

const shown = (address: string): string => {
  const { host = '', pathname = '' } = URL.parse(address) ?? {};
  return `${host}${pathname}`;
};

const reasonOf = (error: unknown): string => {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ');
  return error instanceof Error ? error.message : String(error);
};
