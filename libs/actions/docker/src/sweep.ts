import type { Daemon } from './daemon.ts';
import { isDead, ownerOf, RUN_LABEL, startOfProcess, thisProcess, type Vantage } from './owner.ts';
import { purge } from './purge.ts';

interface Labelled {
  readonly Labels?: Readonly<Record<string, string>> | null | undefined;
}

/** Removes what runs left whose process is dead; returns their ids. */
export const sweep = async ({ docker, connection, local }: Daemon): Promise<readonly string[]> => {
  const filters = { label: [RUN_LABEL] };
  const [containers, networks, volumes] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listNetworks({ filters }),
    docker.listVolumes({ filters }),
  ]);
  const found: readonly Labelled[] = [...containers, ...networks, ...(volumes.Volumes ?? [])];
  const vantage = { here: thisProcess(), localDaemon: local, startOf: startOfProcess };
  const runs = deadRuns(found, vantage);
  for (const runId of runs) await purge(connection, runId);
  return runs;
};

/** The runs of dead owners among labelled things. */
export const deadRuns = (things: readonly Labelled[], vantage: Vantage): readonly string[] => {
  const runs = things.flatMap(({ Labels }) => {
    const owner = ownerOf(Labels ?? {});
    const runId = Labels?.[RUN_LABEL];
    return owner && runId !== undefined && isDead(owner, vantage) ? [runId] : [];
  });
  return [...new Set(runs)];
};
