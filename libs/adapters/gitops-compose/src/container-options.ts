import type { ContainerCreateOptions } from 'dockerode';
import type { ComposeService } from './compose-file.ts';

export interface Placement {
  /** Of the container; others in the network reach it by its service's name. */
  readonly name: string;
  readonly service: string;
  readonly network: string;
  readonly labels: Record<string, string>;
}

/** What Docker is asked to create for a service. */
export const containerOptions = (service: ComposeService, placement: Placement): ContainerCreateOptions => ({
  name: placement.name,
  Image: service.image,
  Labels: placement.labels,
  Env: Object.entries(service.environment).map(([name, value]) => `${name}=${value}`),
  ...(service.command !== undefined && { Cmd: [...service.command] }),
  ...(service.entrypoint !== undefined && { Entrypoint: [...service.entrypoint] }),
  ...(service.working_dir !== undefined && { WorkingDir: service.working_dir }),
  ...(service.user !== undefined && { User: service.user }),
  ...(service.healthcheck !== undefined && { Healthcheck: healthcheckOf(service.healthcheck) }),
  ExposedPorts: Object.fromEntries(service.ports.map(({ port }) => [port, {}])),
  HostConfig: {
    NetworkMode: placement.network,
    Init: service.init,
    PortBindings: Object.fromEntries(service.ports.map(({ port }) => [port, bindingsOf(service, port)])),
    Tmpfs: Object.fromEntries(service.tmpfs.map((path) => [path, ''])),
    ...(service.mem_limit !== undefined && { Memory: service.mem_limit }),
    ...(service.cpus !== undefined && { NanoCpus: Math.round(service.cpus * 1e9) }),
  },
  NetworkingConfig: { EndpointsConfig: { [placement.network]: { Aliases: [placement.service] } } },
});

const bindingsOf = ({ ports }: ComposeService, port: string) =>
  ports
    .filter((publication) => publication.port === port)
    .map(({ hostPort }) => ({ HostIp: '127.0.0.1', HostPort: String(hostPort) }));

const healthcheckOf = ({ test, interval, timeout, retries, ...rest }: NonNullable<ComposeService['healthcheck']>) => ({
  Test: typeof test === 'string' ? ['CMD-SHELL', test] : [...test],
  ...(interval !== undefined && { Interval: interval }),
  ...(timeout !== undefined && { Timeout: timeout }),
  ...(retries !== undefined && { Retries: retries }),
  ...(rest.start_period !== undefined && { StartPeriod: rest.start_period }),
});
