import { randomBytes } from 'node:crypto';
import type { ActionContext } from '@testmesh/action-kit';
import type { Container } from 'dockerode';
import type { DockerRunConfig } from './config.ts';
import { containerSpec } from './container-spec.ts';
import type { Daemon } from './daemon.ts';
import { ensureNetwork, NETWORK } from './network.ts';
import { ownerLabels, thisProcess } from './owner.ts';
import type { Publication } from './ports.ts';
import { DockerProblem, saidBy, statusOf } from './problem.ts';

/** The kind under which a run keeps its containers, each by its name. */
export const CONTAINER = 'container';

export interface Started {
  readonly container: Container;
  readonly id: string;
  readonly name: string;
  /** TCP port of the container → where it is published. */
  readonly ports: ReadonlyMap<number, number>;
}

interface Start {
  readonly daemon: Daemon;
  readonly config: DockerRunConfig;
  readonly ports: readonly Publication[];
  readonly context: ActionContext;
}

/** Creates and starts a container that goes with the run. */
export const startContainer = async (start: Start): Promise<Started> => {
  const { config, context } = start;
  const name = config.name ?? madeUpName(config.image);
  let created = false;
  const started = await context.use(
    { kind: CONTAINER, key: name, bound: true },
    () => {
      created = true;
      return create(start, name);
    },
    async ({ container }) => remove(container),
  );
  if (!created) throw nameTaken(name, 'this run has already started a container of that name');
  return started;
};

// Not the run's own randomness: two runs with the same seed may run at the same time.
const madeUpName = (image: string): string => {
  const base = image.split('@')[0]?.split('/').at(-1)?.replace(/:.*$/, '') ?? 'container';
  return `testmesh-${base}-${randomBytes(5).toString('hex')}`;
};

class NetworkGone extends Error {}

const create = async (start: Start, name: string): Promise<Started> => {
  const { daemon, config, context } = start;
  const network = async (): Promise<string | undefined> =>
    config.network === undefined ? undefined : ensureNetwork(daemon, config.network, context);
  try {
    return await createIn(await network(), start, name);
  } catch (error) {
    if (!(error instanceof NetworkGone)) throw error;
    // The run that had created the network ended, and took it along, between our look and the start.
    await context.release(NETWORK, config.network ?? '');
    return createIn(await network(), start, name);
  }
};

const createIn = async (
  networkId: string | undefined,
  { daemon, config, ports, context }: Start,
  name: string,
): Promise<Started> => {
  const labels = ownerLabels(context.runId, thisProcess());
  const container = await daemon.docker
    .createContainer(containerSpec(config, { name, labels, publications: ports, networkId, hostIp: daemon.publishOn }))
    .catch((error: unknown) => {
      if (statusOf(error) === 409) throw nameTaken(name, saidBy(error));
      throw new DockerProblem('TM4503', `the container ${name} could not be created: ${saidBy(error)}`);
    });
  try {
    context.signal.throwIfAborted();
    await startSettled(container, context);
    return { container, id: container.id, name, ports: await publishedPorts(container) };
  } catch (error) {
    await remove(container);
    context.signal.throwIfAborted();
    throw /network \S+ not found/.test(saidBy(error)) ? new NetworkGone() : notStarted(name, saidBy(error));
  }
};

const AMBIGUOUS_TRIES = 50;

/** Starts a container; while two runs have just created the same network, one of the two is about to go. */
const startSettled = async (container: Container, { clock, signal }: ActionContext): Promise<void> => {
  for (let tries = 1; ; tries++) {
    try {
      await container.start();
      return;
    } catch (error) {
      if (tries === AMBIGUOUS_TRIES || !/network \S+ is ambiguous/.test(saidBy(error))) throw error;
      await clock.sleep(100, signal);
    }
  }
};

const publishedPorts = async (container: Container): Promise<ReadonlyMap<number, number>> => {
  const { NetworkSettings } = await container.inspect();
  const published = Object.entries(NetworkSettings.Ports ?? {}).flatMap(([key, bindings]) => {
    const [port, protocol] = key.split('/');
    const binding = bindings?.[0];
    return protocol === 'tcp' && binding ? [[Number(port), Number(binding.HostPort)] as const] : [];
  });
  return new Map(published);
};

/** Removes a container with its anonymous volumes; one that is gone already is as good. */
const remove = async (container: Container): Promise<void> => {
  try {
    await container.remove({ force: true, v: true });
  } catch (error) {
    if (![404, 409].includes(statusOf(error) ?? 0)) throw error;
  }
};

const nameTaken = (name: string, said: string): DockerProblem =>
  new DockerProblem('TM4506', `the name ${name} is taken: ${said}`, 'put ${RANDOM_ID} into `name`, or leave it out');

const notStarted = (name: string, said: string): DockerProblem =>
  /port is already allocated|address already in use/.test(said)
    ? new DockerProblem(
        'TM4507',
        `the container ${name} could not be started: ${said}`,
        'publish on "0" for a free port',
      )
    : new DockerProblem('TM4503', `the container ${name} could not be started: ${said}`);
