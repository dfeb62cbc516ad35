import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { ActionContext } from '@testmesh/action-kit';
import type { Daemon } from './daemon.ts';
import { ownerLabels, RUN_LABEL, thisProcess } from './owner.ts';
import { statusOf } from './problem.ts';

/** Makes sure that the network is there; one that a run created goes with the last run that uses it. */
export const ensureNetwork = async ({ docker }: Daemon, name: string, context: ActionContext): Promise<void> => {
  const labels = async (): Promise<Record<string, string> | undefined> => {
    try {
      const found = (await docker.getNetwork(name).inspect()) as { Labels?: Record<string, string> | null };
      return found.Labels ?? {};
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  };
  const create = async (): Promise<void> => {
    try {
      await docker.createNetwork({
        Name: name,
        CheckDuplicate: true,
        Labels: ownerLabels(context.runId, thisProcess()),
      });
    } catch (error) {
      // Another run was faster.
      if (statusOf(error) !== 409) throw error;
    }
  };
  if ((await labels()) === undefined) await create();
  await context.use(
    { kind: 'docker-network', key: name, bound: true },
    async () => name,
    async () => {
      if ((await labels())?.[RUN_LABEL] === undefined) return;
      try {
        await docker.getNetwork(name).remove();
      } catch (error) {
        // Gone already, or another run is in it and removes it at its end.
        if (![403, 404, 409].includes(statusOf(error) ?? 0)) throw error;
      }
    },
  );
};

/** Whether this process runs in a container that sits in the network. */
export const sitsIn = async ({ docker }: Daemon, network: string): Promise<boolean> => {
  const own = ownContainer(mounts(), hostname());
  if (own === undefined) return false;
  const { Containers } = (await docker.getNetwork(network).inspect()) as { Containers?: Record<string, unknown> };
  return Object.keys(Containers ?? {}).some((id) => id.startsWith(own));
};

const mounts = (): string => {
  try {
    return readFileSync('/proc/self/mountinfo', 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
};

// Docker mounts these files into every container from a folder named by its id.
const OWN_MOUNT = /\/containers\/([0-9a-f]{64})\/\S+ \/etc\/(?:hostname|hosts|resolv\.conf) /;

/** The id, or its beginning, of the container this process runs in. */
export const ownContainer = (mountinfo: string, host: string): string | undefined =>
  OWN_MOUNT.exec(mountinfo)?.[1] ?? (/^[0-9a-f]{12}$/.test(host) ? host : undefined);
