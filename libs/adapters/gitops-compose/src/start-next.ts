import type { EnvironmentTarget } from '@testmesh/ports';
import type { ComposeServices } from './compose-file.ts';
import type { ComposeProject } from './compose-project.ts';
import { saidBy, statusOf } from './docker-answers.ts';
import type { Images } from './images.ts';
import { type ContainerStates, mayStart } from './judgement.ts';

interface Start {
  readonly project: ComposeProject;
  readonly images: Images;
  readonly services: ComposeServices;
  readonly network: string;
  readonly target: EnvironmentTarget;
}

interface Hindrance {
  readonly health: 'progressing' | 'degraded';
  readonly message: string;
}

/** Starts every service that has all it waits for; says what kept one of them from it. */
export const startNext = async (start: Start): Promise<Hindrance | undefined> => {
  const states = await start.project.containers(start.network);
  for (const [name, service] of start.services) {
    if (!isDue(start, name, states) || !mayStart(service, states)) continue;
    const image = await start.images.ask(service.image);
    if (image === 'coming') return { health: 'progressing', message: `the image ${service.image} is being fetched` };
    if (image !== 'there') return { health: 'degraded', message: image.problem };
    const refusal = await refusalOf(start.project.start(start.network, name, service, states.get(name)?.id));
    if (refusal !== undefined)
      return { health: 'degraded', message: `the service "${name}" could not be started: ${refusal}` };
  }
  return undefined;
};

/** D3: what was bound is never made again. */
const isDue = ({ target }: Start, name: string, states: ContainerStates): boolean => {
  const state = states.get(name);
  if (state !== undefined) return state.status === 'created';
  return !target.resources.some((resource) => resource.kind === 'Container' && resource.name === name);
};

/** What Docker said against it; a daemon that does not answer is thrown. */
const refusalOf = async (started: Promise<void>): Promise<string | undefined> => {
  try {
    await started;
    return undefined;
  } catch (error) {
    if (statusOf(error) === undefined) throw error;
    return saidBy(error);
  }
};
