import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { CommandEnd } from '../exit-code.ts';

// Keys that `testmesh login` keeps, one per server, for the user alone (0600). TESTMESH_API_KEY goes before them.

const credentials = z.strictObject({
  /** The server of the last login: what commands mean when no `--api` is given. */
  current: z.string().optional(),
  servers: z.record(z.string(), z.strictObject({ key: z.string() })),
});
export type Credentials = z.infer<typeof credentials>;

const EMPTY: Credentials = { servers: {} };
const OTHERS = 0o077;

/** Servers are told apart by their origin, so that a trailing slash makes no difference. */
export const originOf = (api: string): string => new URL(api).origin;

export const credentialsFile = (env: NodeJS.ProcessEnv = process.env): string =>
  join(env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'testmesh', 'credentials.json');

/** What is kept; nothing when no login was made. A file that others may read is refused. */
export const readCredentials = (file = credentialsFile()): Credentials => {
  try {
    if ((statSync(file).mode & OTHERS) !== 0) {
      throw new CommandEnd('usage', `${file} can be read by others: chmod 600 ${file}`);
    }
    return credentials.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return EMPTY;
    if (error instanceof CommandEnd) throw error;
    throw new CommandEnd('usage', `${file} is not as testmesh login writes it: delete it and log in again`);
  }
};

/** Replaces the file in one step: a crash leaves the old one. */
export const writeCredentials = (kept: Credentials, file = credentialsFile()): void => {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const next = `${file}.${process.pid}`;
  writeFileSync(next, `${JSON.stringify(kept, null, 2)}\n`, { mode: 0o600 });
  renameSync(next, file);
};
