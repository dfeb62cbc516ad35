// node tools/pack/main.mjs FOLDER: what https://testmesh.io serves to install.sh and to authors of plugins.
//   FOLDER/install.sh
//   FOLDER/download/latest                                  the version
//   FOLDER/download/vVERSION/testmesh-VERSION.tgz           the command line
//   FOLDER/download/vVERSION/testmesh-action-kit-VERSION.tgz   what plugins are written with
//   FOLDER/download/vVERSION/SHA256SUMS
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { writeDeclarations } from './declarations.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const [target] = process.argv.slice(2);
if (target === undefined) throw new Error('name the folder to write to: node tools/pack/main.mjs FOLDER');

/** @type {{ version: string, license: string }} */
const { version, license } = JSON.parse(await readFile(`${root}apps/cli/package.json`, 'utf8'));
const site = resolve(target);
const downloads = join(site, 'download', `v${version}`);
const work = await mkdtemp(join(tmpdir(), 'testmesh-pack-'));

/** @type {(name: string, manifest: object, fill: (folder: string) => Promise<unknown>) => Promise<void>} */
const pack = async (name, manifest, fill) => {
  const folder = join(work, name);
  await mkdir(folder, { recursive: true });
  await fill(folder);
  await copyFile(`${root}LICENSE`, join(folder, 'LICENSE'));
  const whole = { ...manifest, version, license, type: 'module' };
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(whole, null, 2)}\n`);
  await promisify(execFile)('npm', ['pack', '--silent', '--pack-destination', downloads], { cwd: folder });
};

await mkdir(downloads, { recursive: true });
await pack(
  'testmesh',
  {
    name: 'testmesh',
    description: 'Proves that backend services work together.',
    bin: { testmesh: 'dist/testmesh.mjs' },
    engines: { node: '>=24' },
  },
  (folder) => cp(`${root}apps/cli/dist`, join(folder, 'dist'), { recursive: true }),
);
await pack(
  'action-kit',
  {
    name: '@testmesh/action-kit',
    description: 'What plugins of TestMesh are written with.',
    exports: { types: './types/action-kit/index.d.ts', default: './index.js' },
    peerDependencies: { zod: '^4.0.0' },
  },
  async (folder) => {
    await copyFile(`${root}libs/action-kit/README.md`, join(folder, 'README.md'));
    await writeDeclarations(`${root}libs/action-kit/src/index.ts`, join(folder, 'types'));
    await build({
      entryPoints: [`${root}libs/action-kit/src/index.ts`],
      outfile: join(folder, 'index.js'),
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node24',
      external: ['zod'],
      logLevel: 'warning',
    });
  },
);
const sums = [];
for (const name of (await readdir(downloads)).filter((file) => file.endsWith('.tgz')).sort()) {
  const sum = createHash('sha256')
    .update(await readFile(join(downloads, name)))
    .digest('hex');
  sums.push(`${sum}  ${name}\n`);
}
await writeFile(join(downloads, 'SHA256SUMS'), sums.join(''));
await writeFile(join(site, 'download', 'latest'), version);
await copyFile(`${root}deploy/install.sh`, join(site, 'install.sh'));
await rm(work, { recursive: true });
process.stdout.write(`testmesh ${version} is packed in ${downloads}\n`);
