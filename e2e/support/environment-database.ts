import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

/** An empty database on this server; its URL. */
export const newDatabase = async (server: string): Promise<string> => {
  const name = `testenv_${randomBytes(5).toString('hex')}`;
  await queried(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
};

const AGE_MS = 3 * 60 * 60 * 1000;

/** Three hours pass in which nobody uses the test environment. */
export const hoursLater = (url: string | undefined, id: string): Promise<void> =>
  queried(
    url,
    `update journal.test_environments set expires_at = expires_at - $2,
       state = jsonb_set(state, '{lastUsedAt}', to_jsonb((state->>'lastUsedAt')::bigint - $2)) where id = $1`,
    [id, AGE_MS],
  );

const queried = async (url: string | undefined, sql: string, values: unknown[] = []): Promise<void> => {
  const database = new Client({ connectionString: url });
  await database.connect();
  await database.query(sql, values);
  await database.end();
};
