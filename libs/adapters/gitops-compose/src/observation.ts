import type { BoundResource } from '@testmesh/domain';
import type { EnvironmentTarget, Observation } from '@testmesh/ports';
import type { ComposeService } from './compose-file.ts';
import type { ProjectNetwork } from './compose-project.ts';
import { type ContainerState, type ContainerStates, judged } from './judgement.ts';

/** How an environment stands whose network is its own. */
export const observed = (
  target: EnvironmentTarget,
  { id: network, services }: Pick<ProjectNetwork, 'id' | 'services'>,
  states: ContainerStates,
): Observation => {
  const lost = lostContainer(target, states);
  if (lost !== undefined) return { health: 'missing', message: lost };
  const resources = [
    { kind: 'Network', name: target.spec.namespace, uid: network },
    ...[...services].flatMap(([name, service]) => containerOf(name, service, states.get(name))),
  ];
  const moved = movedPort(target, resources);
  if (moved !== undefined) return { health: 'degraded', message: moved, resources };
  return { ...judged(services, states), resources };
};

/** D3. */
const lostContainer = ({ resources }: EnvironmentTarget, states: ContainerStates): string | undefined => {
  const bound = resources.filter(({ kind }) => kind === 'Container');
  const lost = bound.find(({ name, uid }) => states.get(name)?.id !== uid);
  return lost && `the container of the service "${lost.name}" was deleted`;
};

/** A container is bound once it was started: its port is known only then. */
const containerOf = (
  name: string,
  service: ComposeService,
  state: ContainerState | undefined,
): readonly BoundResource[] => {
  if (state === undefined || state.status === 'created') return [];
  const url = urlOf(service, state);
  return [{ kind: 'Container', name, uid: state.id, ...(url !== undefined && { url }) }];
};

const urlOf = ({ ports }: ComposeService, state: ContainerState): string | undefined => {
  const first = ports.find(({ port }) => port.endsWith('/tcp'));
  const published = first && state.ports[first.port];
  return published === undefined ? undefined : `http://127.0.0.1:${published}`;
};

/** Docker gives a container that is started again another free port; runs were told the first one. */
const movedPort = ({ resources: bound }: EnvironmentTarget, seen: readonly BoundResource[]): string | undefined => {
  const moved = seen.find(({ kind, name, url }) => {
    const before = bound.find((resource) => resource.kind === kind && resource.name === name);
    return before?.url !== undefined && url !== undefined && before.url !== url;
  });
  return (
    moved &&
    `the service "${moved.name}" was started again and is reached at ${moved.url} now; runs were told otherwise`
  );
};
