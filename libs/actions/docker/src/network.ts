import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { ActionContext } from '@testmesh/action-kit';
import type Docker from 'dockerode';
import type { NetworkInspectInfo } from 'dockerode';
import type { Daemon } from './daemon.ts';
import { ownerLabels, RUN_LABEL, thisProcess } from './owner.ts';
import { DockerProblem, mayTouch, statusOf } from './problem.ts';

/** The kind under which a run keeps its networks, each by its name. */
export const NETWORK = 'docker-network';

/** Makes sure that the network is there and gives its id; one that a run created goes with the last run that uses it. */
export const ensureNetwork = ({ docker }: Daemon, name: string, context: ActionContext): Promise<string> =>
  context.use(
    { kind: NETWORK, key: name, bound: true },
    async () => {
      const found = await oldest(docker, name);
      if (found === undefined) return create(docker, name, context.runId);
      const isOfRuns = found.Labels?.[RUN_LABEL] !== undefined;
      mayTouch(context, { beyondRun: false, ...(!isOfRuns && { network: name }) });
      return found.Id;
    },
    async (id) => {
      const { Labels } = (await oldest(docker, name)) ?? {};
      if (Labels?.[RUN_LABEL] !== undefined) await remove(docker, id);
    },
  );

// Older daemons let two networks of one name be created at the same moment; the older one counts.
const oldest = async (docker: Docker, name: string): Promise<NetworkInspectInfo | undefined> => {
  const found = (await docker.listNetworks({ filters: { name: [name] } })).filter(({ Name }) => Name === name);
  const age = ({ Created, Id }: NetworkInspectInfo): string => `${Created} ${Id}`;
  return found.sort((a, b) => (age(a) < age(b) ? -1 : 1))[0];
};

const create = async (docker: Docker, name: string, runId: string): Promise<string> => {
  const Labels = ownerLabels(runId, thisProcess());
  const own = await docker.createNetwork({ Name: name, CheckDuplicate: true, Labels }).catch((error: unknown) => {
    // Another run was faster.
    if (statusOf(error) === 409) return undefined;
    throw error;
  });
  const winner = await oldest(docker, name);
  if (winner === undefined) throw new DockerProblem('TM4503', `the network ${name} was removed while it was created`);
  if (own !== undefined && own.id !== winner.Id) await remove(docker, own.id);
  return winner.Id;
};

const remove = async (docker: Docker, id: string): Promise<void> => {
  try {
    await docker.getNetwork(id).remove();
  } catch (error) {
    // Gone already, or another run is in it and removes it at its end.
    if (![403, 404, 409].includes(statusOf(error) ?? 0)) throw error;
  }
};

/** Whether this process runs in a container that sits in the network. */
export const sitsIn = async ({ docker }: Daemon, networkId: string): Promise<boolean> => {
  const own = ownContainer(mounts(), hostname());
  if (own === undefined) return false;
  const { Containers } = (await docker.getNetwork(networkId).inspect()) as { Containers?: Record<string, unknown> };
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
