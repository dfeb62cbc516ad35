import { hostname } from 'node:os';
import { createClient } from '@testmesh/client';
import { CommandEnd } from '../exit-code.ts';
import { credentialsFile, originOf, readCredentials, writeCredentials } from '../remote/credentials.ts';
import { commandEnd } from '../remote/remote-run.ts';
import { demandAddress } from '../remote/server.ts';

export interface LoginOptions {
  readonly api: string;
  /** The address of a person, who gets a key for their password. */
  readonly user?: string;
  /** By its id; needed by who belongs to several. */
  readonly workspace?: string;
}

/** Keeps a key for a server after the server took it; from then on commands need neither key nor `--api`. */
export const login = async ({ api, user, workspace }: LoginOptions): Promise<void> => {
  demandAddress(api);
  if (user === undefined && workspace !== undefined) {
    throw new CommandEnd('usage', '--workspace goes with --user: a key opens the workspace it was made for');
  }
  const key = user === undefined ? await givenKey(api) : await exchangedKey({ api, email: user, workspace });
  const role = await roleOf(api, key);
  const kept = readCredentials();
  const origin = originOf(api);
  writeCredentials({ current: origin, servers: { ...kept.servers, [origin]: { key } } });
  process.stdout.write(`logged in to ${origin} as ${role} · the key is kept in ${credentialsFile()}\n`);
};

const givenKey = async (api: string): Promise<string> => {
  const key = (process.env['TESTMESH_API_KEY'] || (await askFor(`API key for ${originOf(api)}`))).trim();
  if (key === '') throw new CommandEnd('usage', 'no key was given: pipe it in, or set TESTMESH_API_KEY');
  return key;
};

interface Exchange {
  readonly api: string;
  readonly email: string;
  readonly workspace: string | undefined;
}

/** A key of 90 days for a person's password, which is kept nowhere. */
const exchangedKey = async ({ api, email, workspace }: Exchange): Promise<string> => {
  const typed = process.env['TESTMESH_PASSWORD'] || (await askFor(`Password of ${email} at ${originOf(api)}`));
  const password = typed.replace(/\r?\n$/, '');
  if (password === '') throw new CommandEnd('usage', 'no password was given: pipe it in, or set TESTMESH_PASSWORD');
  const body = { email, password, name: `testmesh on ${hostname()}`, ...(workspace && { workspace_id: workspace }) };
  try {
    const { data } = await createClient({ url: api }).POST('/api/v1/session/keys', { body });
    if (data === undefined) throw new Error('the server answered without a key');
    return data.key;
  } catch (error) {
    throw commandEnd(error, api);
  }
};

/** Forgets the key of a server. */
export const logout = async ({ api }: { readonly api?: string }): Promise<void> => {
  const { current, servers } = readCredentials();
  const origin = api === undefined ? current : originOf(api);
  if (origin === undefined || servers[origin] === undefined) {
    throw new CommandEnd('nothing_matched', `no key is kept for ${origin ?? 'any server'}`);
  }
  const { [origin]: _forgotten, ...others } = servers;
  writeCredentials({ ...(current !== undefined && current !== origin && { current }), servers: others });
  process.stdout.write(`the key for ${origin} is forgotten here; it stays valid until it is revoked\n`);
};

const roleOf = async (api: string, apiKey: string): Promise<string> => {
  try {
    const { data } = await createClient({ url: api, apiKey }).GET('/api/v1/role', {});
    return data?.role ?? 'a key without a role';
  } catch (error) {
    throw commandEnd(error, api);
  }
};

/** From a pipe all of it; at a terminal one line that is not shown. */
const askFor = async (what: string): Promise<string> => {
  const { stdin, stderr } = process;
  stdin.setEncoding('utf8');
  if (!stdin.isTTY) {
    let text = '';
    for await (const piece of stdin) text += piece;
    return text;
  }
  stderr.write(`${what} (not shown): `);
  stdin.setRawMode(true);
  try {
    return await hiddenLine(stdin);
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write('\n');
  }
};

const hiddenLine = async (stdin: NodeJS.ReadStream): Promise<string> => {
  let text = '';
  for await (const piece of stdin) {
    for (const char of String(piece)) {
      if (char === '\u0003') throw new CommandEnd('interrupted', '');
      if (char === '\r' || char === '\n' || char === '\u0004') return text;
      text = char === '\u007f' ? text.slice(0, -1) : text + char;
    }
  }
  return text;
};
