import Docker from 'dockerode';
import { installPackages } from '../apt.ts';
import { isRoot, lockPath, machineCache } from '../cache.ts';
import { withLock } from '../held.ts';
import { isInstalled } from '../processes.ts';
import { type Running, reasonOf, type Site, Unavailable } from '../vocabulary.ts';
import {
  claimPlace,
  clearLeftovers,
  dockerAnswers,
  emptyDaemon,
  hasUsers,
  ownDaemon,
  startDaemon,
  stopDaemon,
} from './docker-daemon.ts';

const usualSocket = '/var/run/docker.sock';

const given = async (): Promise<Running | undefined> => {
  const host = process.env['DOCKER_HOST'];
  const stop = async () => undefined;
  if (host) {
    await new Docker().ping().catch((error: unknown) => {
      throw new Unavailable(
        `DOCKER_HOST is ${host}, and it does not answer: ${reasonOf(error)}`,
        'correct or unset DOCKER_HOST',
      );
    });
    return { address: host, stop };
  }
  return (await dockerAnswers(usualSocket)) ? { address: `unix://${usualSocket}`, stop } : undefined;
};

const refuseWhereImpossible = () => {
  if (process.platform === 'linux' && isRoot) return;
  throw new Unavailable(
    'no Docker daemon answers, and only root on Linux can start one here',
    'start Docker, or set DOCKER_HOST',
  );
};

/** Suites that compose containers tell by themselves that they cannot without it; everything else can. */
const haveCompose = async ({ say }: Site): Promise<void> => {
  if (await isInstalled('docker-compose', 'version')) return;
  await installPackages(['docker-compose'], say).catch((error: unknown) => say(reasonOf(error)));
};

const haveDaemon = async ({ say }: Site): Promise<void> => {
  refuseWhereImpossible();
  if (!(await isInstalled('dockerd'))) await installPackages(['docker.io', 'iptables', 'iproute2'], say);
};

/** The daemon that is there, else our own. */
export const startDocker = async (site: Site): Promise<Running> => {
  const present = await given();
  if (present === undefined) await haveDaemon(site);
  await haveCompose(site);
  return present ?? startOwn(site);
};

const startOwn = async ({ signal }: Site): Promise<Running> => {
  const alone = <T>(work: () => Promise<T>) => withLock(lockPath(machineCache, 'docker'), work);
  const place = await alone(async () => {
    const isFirst = !(await hasUsers());
    const claim = await claimPlace();
    try {
      if (!(await dockerAnswers(ownDaemon.socket))) await startDaemon(signal);
      else if (isFirst) await emptyDaemon();
    } catch (error) {
      await claim.release();
      if (isFirst) await clearLeftovers();
      throw error;
    }
    return claim;
  });
  const stop = () =>
    alone(async () => {
      await place.release();
      if (!(await hasUsers())) await stopDaemon();
    });
  return { address: `unix://${ownDaemon.socket}`, stop };
};
