// node tools/complete-lock.mjs: names in package-lock.json the binaries of all other platforms too.
// npm leaves out of the lock what the registry did not show it: behind a mirror that carries only one platform, the binaries
// of all others. `npm ci` then refuses the lock, there and everywhere. An exact version and the platform are all it needs.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const systems = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
const processors = ['arm', 'arm64', 'ia32', 'loong64', 'ppc64', 'riscv64', 's390x', 'x64'];

/**
 * @typedef {{ version?: string, dev?: boolean, optional?: boolean, optionalDependencies?: Record<string, string> }} Entry
 * @typedef {{ packages: Record<string, Entry> }} Lock
 */

/** @type {(name: string) => object} */
const platformOf = (name) => {
  const words = name.split(/[-/]/);
  const cpu = words.filter((word) => processors.includes(word));
  const os = words.filter((word) => systems.includes(word));
  const isMusl = words.some((word) => word.startsWith('musl'));
  return { cpu, os, ...(isMusl && { libc: ['musl'] }) };
};

/**
 * The optional dependencies that the lock asks for and does not hold.
 * @param {Lock} lock
 */
export const missingFrom = ({ packages }) => {
  const held = new Set(Object.keys(packages).map((at) => at.split('node_modules/').at(-1)));
  return Object.values(packages).flatMap(({ dev, optionalDependencies = {} }) =>
    Object.entries(optionalDependencies)
      .filter(([name]) => !held.has(name))
      .map(([name, version]) => ({ name, version, dev })),
  );
};

/** @type {(lock: Lock) => Lock} */
export const complete = (lock) => {
  const packages = { ...lock.packages };
  for (const { name, version, dev } of missingFrom(lock)) {
    if (!/^\d+\.\d+\.\d+/.test(version))
      throw new Error(`${name} ${version} is no exact version: it cannot be locked unseen`);
    packages[`node_modules/${name}`] = { version, ...(dev && { dev }), optional: true, ...platformOf(name) };
  }
  const sorted = Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, 'en'));
  return { ...lock, packages: Object.fromEntries(sorted) };
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = new URL('../package-lock.json', import.meta.url);
  writeFileSync(file, `${JSON.stringify(complete(JSON.parse(readFileSync(file, 'utf8'))), null, 2)}\n`);
}
