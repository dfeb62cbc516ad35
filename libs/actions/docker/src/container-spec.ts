import { resolve } from 'node:path';
import type { ContainerCreateOptions, MountSettings } from 'dockerode';
import type { DockerRunConfig } from './config.ts';
import type { Publication } from './ports.ts';
import { words } from './words.ts';

interface Spec {
  readonly name: string;
  readonly labels: Record<string, string>;
  readonly publications: readonly Publication[];
  readonly networkId: string | undefined;
  /** Where ports without an address of their own are published; empty means everywhere. */
  readonly hostIp: string;
}

/** What Docker is asked to create. */
export const containerSpec = (config: DockerRunConfig, spec: Spec): ContainerCreateOptions => ({
  name: spec.name,
  Image: config.image,
  Labels: spec.labels,
  Env: Object.entries(config.env ?? {}).map(([key, value]) => `${key}=${value}`),
  ...(config.command !== undefined && { Cmd: words(config.command) }),
  ...(config.entrypoint !== undefined && { Entrypoint: words(config.entrypoint) }),
  ...(config.user !== undefined && { User: config.user }),
  ExposedPorts: Object.fromEntries(spec.publications.map((port) => [portKey(port), {}])),
  HostConfig: {
    PortBindings: bindings(spec),
    Mounts: (config.volumes ?? []).map((volume) => mount(volume, spec.labels)),
    ...(spec.networkId !== undefined && { NetworkMode: spec.networkId }),
    ...(config.memory !== undefined && { Memory: config.memory }),
    ...(config.cpus !== undefined && { NanoCpus: Math.round(config.cpus * 1e9) }),
  },
});

const portKey = ({ containerPort, protocol }: Publication): string => `${containerPort}/${protocol}`;

const bindings = ({ publications, hostIp }: Spec): Record<string, { HostIp: string; HostPort: string }[]> => {
  const grouped: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const port of publications) {
    const binding = { HostIp: port.hostIp ?? hostIp, HostPort: String(port.hostPort) };
    grouped[portKey(port)] = [...(grouped[portKey(port)] ?? []), binding];
  }
  return grouped;
};

/** Whether a volume is a folder of this machine. */
export const isFolder = (volume: string): boolean => /^[./~]/.test(volume);

// A source with a slash or a dot in front is a folder of this machine; a bare name is a volume that goes with the run.
const mount = (text: string, labels: Record<string, string>): MountSettings => {
  const [source = '', target = '', mode] = text.split(':');
  const common = { Target: target, ReadOnly: mode === 'ro' };
  if (isFolder(text)) return { ...common, Type: 'bind', Source: resolve(source) };
  return {
    ...common,
    Type: 'volume',
    Source: source,
    VolumeOptions: { Labels: labels, NoCopy: false, DriverConfig: { Name: 'local', Options: {} } },
  };
};
