// Environments of containers on one Docker daemon: a network per environment, named like its namespace, and in it the services of
// a compose file that an operator laid down.
// D1. The network's id is the environment's uid. A network of the name that is not labelled with the environment's id is
//     somebody else's: it is neither used nor deleted.
// D2. What is deleted carries two labels: the environment's id and the network's.
// D3. A container that was bound and is gone, or is another one, is missed and never made again.
// D4. An environment stays what its template was when it was made: its network carries that.
// D5. Ports are published on this machine's loopback address alone; Docker chooses the free ones.
import type { EnvironmentTarget, GitOpsProvider, Observation, Teardown } from '@testmesh/ports';
import { TemplateProblem } from '@testmesh/templates';
import { ComposeProject, type ProjectNetwork } from './compose-project.ts';
import { servicesOf } from './compose-template.ts';
import { dockerAt } from './docker-client.ts';
import { Images } from './images.ts';
import { observed } from './observation.ts';
import { startNext } from './start-next.ts';

export interface ComposeProviderSettings {
  /** Of this machine: `unix:///var/run/docker.sock`. */
  readonly daemon: string;
  /** The folder of the operator's compose files. */
  readonly templates: string;
}

interface ComposeProvider extends GitOpsProvider {
  /** Gives up what is being fetched. */
  readonly close: () => Promise<void>;
}

export const composeProvider = ({ daemon, templates }: ComposeProviderSettings): ComposeProvider => {
  const docker = dockerAt(daemon);
  const images = new Images(docker);
  return {
    bring: async (target, signal) => {
      const project = new ComposeProject(docker, target, signal);
      const network = (await project.network()) ?? (await made(project, templates, target));
      if (!('id' in network)) return network;
      const problem = problemOf(target, network);
      if (problem !== undefined) return problem;
      const failure = await startNext({ project, images, services: network.services, network: network.id, target });
      const seen = observed(target, network, await project.containers(network.id));
      return failure !== undefined && 'resources' in seen ? { ...failure, resources: seen.resources } : seen;
    },
    observe: async (target, signal) => {
      const project = new ComposeProject(docker, target, signal);
      const network = await project.network();
      if (network === undefined) return absent(target);
      return problemOf(target, network) ?? observed(target, network, await project.containers(network.id));
    },
    destroy: (target, signal) => destroyed(new ComposeProject(docker, target, signal), target),
    close: async () => images.close(),
  };
};

/** Only for an environment that was never bound; what a template cannot give is refused. */
const made = async (
  project: ComposeProject,
  templates: string,
  target: EnvironmentTarget,
): Promise<ProjectNetwork | Observation> => {
  if (boundNetwork(target) !== undefined) return absent(target);
  try {
    return await project.makeNetwork(await servicesOf(templates, target));
  } catch (error) {
    if (error instanceof TemplateProblem) return { health: 'refused', message: error.message };
    throw error;
  }
};

const boundNetwork = ({ resources }: EnvironmentTarget): string | undefined =>
  resources.find(({ kind }) => kind === 'Network')?.uid;

const absent = ({ spec }: EnvironmentTarget): Observation => ({
  health: 'missing',
  message: `the network "${spec.namespace}" is not there`,
});

/** D1: why the network of this name cannot be looked at as the environment's. */
const problemOf = (target: EnvironmentTarget, network: ProjectNetwork): Observation | undefined => {
  const name = target.spec.namespace;
  const bound = boundNetwork(target);
  if (bound !== undefined && network.id !== bound) {
    const message = `the network "${name}" was deleted, and somebody made another of that name`;
    return { health: 'missing', message };
  }
  if (network.isOwn) return undefined;
  return { health: 'refused', message: `the network "${name}" is somebody else's; choose another namespace` };
};

/** Where nothing was bound yet, the label says whose it is: a crash may lie between the making and the binding. */
const destroyed = async (project: ComposeProject, target: EnvironmentTarget): Promise<Teardown> => {
  const found = await project.network();
  const id = boundNetwork(target) ?? (found?.isOwn === true ? found.id : undefined);
  if (id === undefined || (await project.remove(id))) return { outcome: 'gone' };
  const strangers = (await project.strangers(id)).map((name) => `"${name}"`).join(', ');
  const held = strangers === '' ? 'its containers are being removed' : `the container ${strangers} is still in it`;
  return { outcome: 'going', message: `the network "${project.name}" is still there: ${held}` };
};
