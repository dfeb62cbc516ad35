import type { EnvironmentTarget } from '@testmesh/ports';

/** Which environment a network or a container was made for; ids are never given twice. */
export const ENVIRONMENT = 'testmesh.environment';
/** Docker's id of the network that a container was made for: the uid of the environment. */
export const NETWORK = 'testmesh.environment.network';
export const SERVICE = 'testmesh.environment.service';
/** On the network: the services as they were when the environment was made, whatever becomes of the template. */
export const SERVICES = 'testmesh.environment.services';
const WORKSPACE = 'testmesh.workspace';

export const ownerLabels = ({ id, workspace }: EnvironmentTarget): Record<string, string> => ({
  [ENVIRONMENT]: id,
  [WORKSPACE]: workspace,
});

export const containerLabels = (
  target: EnvironmentTarget,
  network: string,
  service: string,
): Record<string, string> => ({
  ...ownerLabels(target),
  [NETWORK]: network,
  [SERVICE]: service,
});
