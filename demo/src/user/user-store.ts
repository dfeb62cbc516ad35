import { randomUUID } from 'node:crypto';
import type { Queryable } from '../service/database.ts';
import { HttpError } from '../service/http.ts';
import type { NewUser, User } from './user.ts';

export const USER_TABLES = `
  CREATE TABLE IF NOT EXISTS users (
    id text PRIMARY KEY DEFAULT gen_random_uuid()::text,
    email text UNIQUE NOT NULL,
    name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
  )`;

const UNIQUE_VIOLATION = '23505';

/** The database judges duplicates: it alone knows what was deleted behind the cache. */
export const insertUser = async (database: Queryable, { id, email, name }: NewUser): Promise<User> => {
  try {
    const sql = 'INSERT INTO users (id, email, name) VALUES ($1, $2, $3) RETURNING *';
    const { rows } = await database.query<User>(sql, [id ?? randomUUID(), email, name]);
    return rows[0] as User;
  } catch (error) {
    const { code, constraint } = error as { code?: string; constraint?: string };
    if (code !== UNIQUE_VIOLATION) throw error;
    throw new HttpError(409, constraint?.endsWith('_pkey') ? `user ${id} already exists` : `email ${email} is taken`);
  }
};

export const deleteUser = async (database: Queryable, id: string): Promise<void> => {
  await database.query('DELETE FROM users WHERE id = $1', [id]);
};

export const findUser = async (database: Queryable, id: string): Promise<User | undefined> => {
  const { rows } = await database.query<User>('SELECT * FROM users WHERE id = $1', [id]);
  return rows[0];
};

export const findUserByEmail = async (database: Queryable, email: string): Promise<User | undefined> => {
  const { rows } = await database.query<User>('SELECT * FROM users WHERE email = $1', [email]);
  return rows[0];
};

/** Newest first, where the table knows: a test database may have no `created_at`. */
export const latestUsers = async (database: Queryable): Promise<readonly User[]> => {
  const sql = "SELECT u.* FROM users u ORDER BY to_jsonb(u) ->> 'created_at' DESC NULLS LAST LIMIT 100";
  const { rows } = await database.query<User>(sql);
  return rows;
};
