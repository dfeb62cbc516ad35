// System packages, only for root on Debian, announced before they are installed, refused by TESTMESH_NO_SYSTEM_PACKAGES=1.
import { rm, writeFile } from 'node:fs/promises';
import { exists, isRoot, lockPath, machineCache } from './cache.ts';
import { withLock } from './held.ts';
import { runTool } from './processes.ts';
import { type Site, Unavailable } from './vocabulary.ts';

const policyFile = '/usr/sbin/policy-rc.d';
const lockTimeout = ['-o', 'DPkg::Lock::Timeout=300'];

/** Debian starts a service right after unpacking it unless this file says no (exit code 101). */
const withoutStartingServices = async (install: () => Promise<unknown>) => {
  if (await exists(policyFile)) return install();
  await writeFile(policyFile, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    return await install();
  } finally {
    await rm(policyFile, { force: true });
  }
};

const isKnown = async (name: string) => /Candidate: \d/.test(await runTool('apt-cache', ['policy', name]));

export const installPackages = async (packages: readonly string[], say: Site['say']): Promise<void> => {
  const names = packages.join(' ');
  const byHand = `as root: apt-get install --no-install-recommends ${names}`;
  if (process.env['TESTMESH_NO_SYSTEM_PACKAGES'] === '1')
    throw new Unavailable(
      `${names} is not installed, and TESTMESH_NO_SYSTEM_PACKAGES=1 forbids installing it`,
      `${byHand}, or unset TESTMESH_NO_SYSTEM_PACKAGES`,
    );
  if (!isRoot || !(await exists('/usr/bin/apt-get')))
    throw new Unavailable(`${names} is not installed, and only root on Debian can install it here`, byHand);
  say(`installing the system package ${names} (TESTMESH_NO_SYSTEM_PACKAGES=1 refuses this)`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await withLock(lockPath(machineCache, 'apt'), async () => {
    for (const name of packages) {
      if (!(await isKnown(name))) await runTool('apt-get', [...lockTimeout, '-q', 'update'], { env });
    }
    await withoutStartingServices(() =>
      runTool('apt-get', [...lockTimeout, '-qy', 'install', '--no-install-recommends', ...packages], { env }),
    );
  });
};
