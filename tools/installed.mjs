// Whether node_modules is what package-lock.json asks for, by npm's own record of what it installed last.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** @param {string} lock the text of package-lock.json */
export const lockHash = (lock) => createHash('sha256').update(lock).digest('hex');

const isSame = (wanted, installed) =>
  installed !== undefined && wanted.version === installed.version && wanted.resolved === installed.resolved;

/**
 * @param {string} lock the text of package-lock.json
 * @param {string} modules the folder node_modules
 */
export const isInstalledAs = (lock, modules) => {
  const record = path.join(modules, '.package-lock.json');
  if (!existsSync(record)) return false;
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages;
  return Object.entries(JSON.parse(lock).packages)
    .filter(([at, wanted]) => at.includes('node_modules/') && !wanted.optional && !wanted.peer)
    .every(([at, wanted]) => isSame(wanted, installed[at]));
};
