import type { Readable } from 'node:stream';
import type { ActionContext } from '@testmesh/action-kit';
import type { DockerRunConfig } from './config.ts';
import type { Daemon } from './daemon.ts';
import { DockerProblem, saidBy, statusOf } from './problem.ts';

type Wanted = Pick<DockerRunConfig, 'image' | 'pull' | 'pull_timeout'>;

/** Makes sure that the image is there; the registry is asked only when it must be. */
export const ensureImage = async ({ docker }: Daemon, wanted: Wanted, context: ActionContext): Promise<void> => {
  const { image, pull } = wanted;
  const present = await isPresent(() => docker.getImage(image).inspect());
  if (present && pull !== 'always') return;
  if (pull === 'never')
    throw new DockerProblem(
      'TM4502',
      `the image ${image} is not on this machine, and \`pull: never\` forbids to fetch it`,
      `docker pull ${image}`,
    );
  context.log(`pulling ${image}`);
  const limit = AbortSignal.timeout(wanted.pull_timeout);
  const signal = AbortSignal.any([context.signal, limit]);
  try {
    const stream = (await docker.pull(withTag(image), { abortSignal: signal })) as Readable;
    signal.addEventListener('abort', () => stream.destroy(), { once: true });
    await new Promise<void>((resolve, reject) =>
      docker.modem.followProgress(stream, (error) => (error ? reject(error) : resolve())),
    );
    signal.throwIfAborted();
  } catch (error) {
    context.signal.throwIfAborted();
    throw notPulled(image, limit.aborted ? `no end after ${wanted.pull_timeout} ms` : saidBy(error));
  }
};

const isPresent = async (inspect: () => Promise<unknown>): Promise<boolean> => {
  try {
    await inspect();
    return true;
  } catch (error) {
    if (statusOf(error) === 404) return false;
    throw error;
  }
};

/** Without a tag the daemon would pull every tag there is. */
export const withTag = (image: string): string =>
  image.includes('@') || image.slice(image.lastIndexOf('/') + 1).includes(':') ? image : `${image}:latest`;

const UNREACHABLE =
  /no such host|dial tcp|connection refused|i\/o timeout|TLS handshake|network is unreachable|EOF|no end after/i;
const ABSENT = /not found|manifest unknown|does not exist|repository name not known/i;

/** A registry that cannot be reached and an image it does not have are different things to mend. */
export const notPulled = (image: string, said: string): DockerProblem => {
  if (UNREACHABLE.test(said))
    return new DockerProblem(
      'TM4502',
      `the image ${image} is not on this machine, and its registry could not be reached: ${said}`,
      'check the network, or load the image into Docker beforehand',
    );
  if (ABSENT.test(said))
    return new DockerProblem('TM4502', `its registry has no image ${image}: ${said}`, 'check the name and the tag');
  return new DockerProblem('TM4502', `the image ${image} could not be pulled: ${said}`);
};
