// An image that a test or the demo needs: the one that is there, else the registry's, else, only in a daemon that we
// started, a stand-in.
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import Docker from 'dockerode';
import { hashOf, lockPath, machineCache } from '../cache.ts';
import { withLock } from '../held.ts';
import { ownDaemonLabel } from '../pieces/docker-daemon.ts';
import { reasonOf } from '../vocabulary.ts';
import { copyRecipe, recipeFolder, type StandIn, standIns } from './stand-ins.ts';

/** Marks a stand-in; its value is the recipe's hash, so that a changed recipe is built again. */
const standInLabel = 'dev.testmesh.stand-in';

type Say = (message: string) => void;

const pullPatienceMs = 300_000;

/** A client of the daemon at an address as `DOCKER_HOST` has it: `unix:///…` or `tcp://…`. */
export const dockerAt = (host: string): Docker => {
  const url = new URL(host);
  if (url.protocol === 'unix:') return new Docker({ socketPath: url.pathname });
  return new Docker({ host: url.hostname, port: url.port || 2375 });
};

const isOurs = async (docker: Docker): Promise<boolean> => {
  const { Labels } = (await docker.info()) as { Labels?: string[] | null };
  return Labels?.includes(ownDaemonLabel) ?? false;
};

const labelOf = async (docker: Docker, tag: string): Promise<string | undefined | 'absent'> => {
  try {
    const { Config } = await docker.getImage(tag).inspect();
    return Config.Labels?.[standInLabel];
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return 'absent';
    throw error;
  }
};

const finished = (docker: Docker, stream: NodeJS.ReadableStream): Promise<void> =>
  new Promise((resolve, reject) => {
    docker.modem.followProgress(stream, (error, output: { error?: string; stream?: string }[] | null) => {
      const failure = error?.message ?? output?.find((line) => line.error !== undefined)?.error;
      if (failure === undefined) resolve();
      else
        reject(
          new Error(
            `${failure}\n${(output ?? [])
              .map((line) => line.stream ?? '')
              .join('')
              .slice(-2_000)}`,
          ),
        );
    });
  });

const pull = async (docker: Docker, tag: string): Promise<void> => {
  const abortSignal = AbortSignal.timeout(pullPatienceMs);
  await finished(docker, await docker.pull(tag, { abortSignal }));
};

const recipeHash = async ({ recipe, tag }: StandIn): Promise<string> => {
  const folder = recipeFolder(recipe);
  const names = (await readdir(folder)).sort();
  const texts = await Promise.all(names.map((name) => readFile(path.join(folder, name), 'utf8')));
  return hashOf(tag, ...names, ...texts);
};

const build = async (docker: Docker, standIn: StandIn, hash: string, say: Say): Promise<void> => {
  const context = await mkdtemp(path.join(os.tmpdir(), 'testmesh-image-'));
  try {
    await copyRecipe(standIn, context);
    await standIn.fetch(context, say);
    const tar = spawn('tar', ['-C', context, '-c', '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const options = { t: standIn.tag, networkmode: 'host', labels: { [standInLabel]: hash }, forcerm: true };
    await finished(docker, await docker.buildImage(tar.stdout, options));
  } finally {
    await rm(context, { recursive: true, force: true });
  }
};

const ensureStandIn = async (docker: Docker, standIn: StandIn, say: Say): Promise<void> => {
  const parent = standIns.find(({ tag }) => tag === standIn.from);
  if (parent !== undefined) await ensureStandIn(docker, parent, say);
  const hash = await recipeHash(standIn);
  await withLock(lockPath(machineCache, `image ${standIn.tag}`), async () => {
    if ((await labelOf(docker, standIn.tag)) === hash) return;
    say(`building a stand-in for ${standIn.tag} (no registry answers; once, up to a minute)`);
    await build(docker, standIn, hash, say);
  });
};

/** Makes sure that the daemon has the image; says whether it is a stand-in. */
export const ensureImage = async (
  host: string,
  tag: string,
  say: Say = () => undefined,
): Promise<{ isStandIn: boolean }> => {
  const docker = dockerAt(host);
  const standIn = standIns.find((each) => each.tag === tag);
  const label = await labelOf(docker, tag);
  if (label === undefined) return { isStandIn: false };
  if (label === 'absent') {
    say(`pulling ${tag}`);
    const failure = await pull(docker, tag).catch((error: unknown) => reasonOf(error).trim());
    if (failure === undefined) return { isStandIn: false };
    if (standIn === undefined || !(await isOurs(docker)))
      throw new Error(`${tag} is not there and cannot be pulled: ${failure}`);
  }
  if (standIn !== undefined) await ensureStandIn(docker, standIn, say);
  return { isStandIn: true };
};
