import { createClient } from '@testmesh/client';
import { CommandEnd } from '../exit-code.ts';
import { credentialsFile, originOf, readCredentials, writeCredentials } from '../remote/credentials.ts';
import { commandEnd } from '../remote/remote-run.ts';
import { demandAddress } from '../remote/server.ts';

/** Keeps a key for a server after the server took it; from then on commands need neither key nor `--api`. */
export const login = async ({ api }: { readonly api: string }): Promise<void> => {
  demandAddress(api);
  const key = (process.env['TESTMESH_API_KEY'] || (await askForKey(api))).trim();
  if (key === '') throw new CommandEnd('usage', 'no key was given: pipe it in, or set TESTMESH_API_KEY');
  const role = await roleOf(api, key);
  const kept = readCredentials();
  const origin = originOf(api);
  writeCredentials({ current: origin, servers: { ...kept.servers, [origin]: { key } } });
  process.stdout.write(`logged in to ${origin} as ${role} · the key is kept in ${credentialsFile()}\n`);
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
const askForKey = async (api: string): Promise<string> => {
  const { stdin, stderr } = process;
  stdin.setEncoding('utf8');
  if (!stdin.isTTY) {
    let text = '';
    for await (const piece of stdin) text += piece;
    return text;
  }
  stderr.write(`API key for ${originOf(api)} (not shown): `);
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
