import pg from 'pg';
import type { Config } from '../service/config.ts';
import { numbersAsNumbers, type Queryable } from '../service/database.ts';
import { HttpError } from '../service/http.ts';

// T1. A request that names a database with X-Test-DB works on that database and nothing else: no cache, no event, no
//     schema. When it may not, it is refused; it never falls back to the service's own database.
// T2. A DSN holds a password: it is neither logged nor repeated in an answer.

const IDLE_MS = 60_000;
const MAX_POOLS = 20;

export interface TestDatabases {
  readonly open: (dsn: string) => Queryable;
  readonly close: () => Promise<void>;
}

interface OpenPool {
  readonly pool: pg.Pool;
  readonly database: Queryable;
  readonly expiry: NodeJS.Timeout;
}

const hostOf = (dsn: string): string => {
  try {
    const { protocol, hostname } = new URL(dsn);
    if (/^postgres(ql)?:$/.test(protocol) && hostname !== '') return hostname.replace(/^\[|\]$/g, '');
  } catch {
    // Answered below: the text of the DSN must not appear in the answer.
  }
  throw new HttpError(400, 'X-Test-DB is not a PostgreSQL DSN (postgres://user:password@host:port/database)');
};

/** `test-users-*` allows every host that begins so. */
export const isAllowedHost = (host: string, allowed: readonly string[]): boolean =>
  allowed.some((entry) => (entry.endsWith('*') ? host.startsWith(entry.slice(0, -1)) : host === entry));

/** node-postgres lets a DSN's parameters override its host, which the allow-list has judged: they are left out. */
const withoutParameters = (dsn: string): string => {
  const url = new URL(dsn);
  url.search = '';
  return url.href;
};

const INTEGRITY_VIOLATION = /^23/;

/** What is wrong with a test database its owner wants to read; a refused row is judged as in our own. */
const explained = (pool: pg.Pool): Queryable => ({
  query: async (sql: string, values?: unknown[]) => {
    try {
      return await pool.query(sql, values);
    } catch (cause) {
      const { code = '', message } = cause as Error & { code?: string };
      if (INTEGRITY_VIOLATION.test(code)) throw cause;
      throw new HttpError(502, `the test database failed: ${message}`, { cause });
    }
  },
});

export const testDatabases = ({ testDatabase, database: { schema } }: Config): TestDatabases => {
  const pools = new Map<string, OpenPool>();

  const close = async (dsn: string) => {
    const open = pools.get(dsn);
    pools.delete(dsn);
    clearTimeout(open?.expiry);
    await open?.pool.end();
  };

  const create = (dsn: string): OpenPool => {
    if (pools.size >= MAX_POOLS) throw new HttpError(503, `more than ${MAX_POOLS} test databases are in use`);
    const pool = new pg.Pool({
      connectionString: withoutParameters(dsn),
      options: `-c search_path=${schema}`,
      types: numbersAsNumbers,
      max: 2,
      connectionTimeoutMillis: 3_000,
    });
    // The container behind an idle connection may be gone: that pool is of no more use.
    pool.on('error', () => void close(dsn));
    const opened = { pool, database: explained(pool), expiry: setTimeout(() => void close(dsn), IDLE_MS).unref() };
    pools.set(dsn, opened);
    return opened;
  };

  return {
    open(dsn) {
      if (!testDatabase.allowed) throw new HttpError(403, 'X-Test-DB is not enabled here (ALLOW_TEST_DB)');
      const host = hostOf(dsn);
      if (!isAllowedHost(host, testDatabase.hosts)) {
        throw new HttpError(403, `X-Test-DB: host ${host} is not allowed (TEST_DB_HOSTS)`);
      }
      const { database, expiry } = pools.get(dsn) ?? create(dsn);
      expiry.refresh();
      return database;
    },
    async close() {
      await Promise.all([...pools.keys()].map(close));
    },
  };
};
