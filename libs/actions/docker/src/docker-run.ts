import { type ActionContext, type ActionOutcome, defineAction } from '@testmesh/action-kit';
import type { ValueMap } from '@testmesh/domain';
import type { DockerRunConfig } from './config.ts';
import { isFolder } from './container-spec.ts';
import { findDaemon } from './daemon.ts';
import { guardRun } from './guard.ts';
import { ensureImage } from './image.ts';
import { dsn, type KnownImage, knownImage } from './known-image.ts';
import { ensureNetwork, sitsIn } from './network.ts';
import { type Publication, publications, withPorts } from './ports.ts';
import { carriedOut, DockerProblem, mayTouch } from './problem.ts';
import { httpProbe } from './readiness/http.ts';
import { logProbe } from './readiness/log.ts';
import type { Probe } from './readiness/probe.ts';
import { portProbe, protocolProbe } from './readiness/protocols.ts';
import { waitReady } from './readiness/wait-ready.ts';
import { dockerRunSchema } from './schema.ts';
import { CONTAINER, type Started, startContainer } from './start-container.ts';

export const dockerRun = defineAction({
  schema: dockerRunSchema,
  run: (config, context) => carriedOut(() => run(config, context)),
});

const run = async (config: DockerRunConfig, context: ActionContext): Promise<ActionOutcome> => {
  const known = knownImage(config.image, config.env ?? {});
  const ports = neededPorts(config, known);
  mayTouch(context, { beyondRun: touchesTheMachine(config) });
  const daemon = await findDaemon(context.signal);
  await guardRun(daemon, context);
  await ensureImage(daemon, config, context);
  const networked =
    config.network !== undefined && (await sitsIn(daemon, await ensureNetwork(daemon, config.network, context)));
  // Short passwords would mask innocent text; where a connection string shows them they are masked anyway.
  if (known?.password !== undefined && known.password.length >= 8) context.secret(known.password);

  const began = context.clock.monotonic();
  const started = await startContainer({ daemon, config, ports: networked ? named(config) : ports, context });
  const reach: Reach = { started, networked, publishedHost: daemon.publishedHost };
  try {
    const wait = { container: started.container, name: started.name, timeoutMs: config.timeout };
    await waitReady({ ...wait, probes: () => probes(config, known, reach) }, context);
  } catch (error) {
    // A step that is tried again would meet its own leftover.
    await context.release(CONTAINER, started.name);
    throw error;
  }
  return completed(config, known, reach, Math.round(context.clock.monotonic() - began));
};

/** Whether the container would get a folder of this machine, its network, or that of another container. */
const touchesTheMachine = ({ volumes = [], network = '' }: DockerRunConfig): boolean =>
  volumes.some(isFolder) || network === 'host' || network.startsWith('container:');

/** How this process reaches a started container. */
interface Reach {
  readonly started: Started;
  readonly networked: boolean;
  readonly publishedHost: string;
}

const named = ({ ports = [] }: DockerRunConfig): readonly Publication[] => {
  const read = publications(ports);
  if (typeof read === 'string') throw new DockerProblem('TM4503', read);
  return read;
};

const neededPorts = (config: DockerRunConfig, known: KnownImage | undefined): readonly Publication[] =>
  withPorts(
    named(config),
    [known?.port, config.wait_for_port, config.wait_for_http?.port].filter((port) => port !== undefined),
  );

const hostOf = ({ networked, started, publishedHost }: Reach): string => (networked ? started.name : publishedHost);

const portOf = ({ networked, started }: Reach, port: number): number => {
  if (networked) return port;
  const published = started.ports.get(port);
  if (published !== undefined) return published;
  throw new DockerProblem('TM4503', `Docker did not publish port ${port} of ${started.name}`);
};

const probes = (config: DockerRunConfig, known: KnownImage | undefined, reach: Reach): readonly Probe[] => {
  const { wait_for_http: http, wait_for_log: log, wait_for_port: port } = config;
  const host = hostOf(reach);
  return [
    ...(log === undefined ? [] : [logProbe(reach.started.container, log.text, log.times)]),
    ...(known === undefined ? [] : [protocolProbe(known, host, portOf(reach, known.port))]),
    ...(port === undefined || port === known?.port ? [] : [portProbe(host, portOf(reach, port))]),
    ...(http === undefined
      ? []
      : [httpProbe(`http://${host}:${portOf(reach, http.port)}${http.path}`, [http.status].flat())]),
  ];
};

const completed = (
  config: DockerRunConfig,
  known: KnownImage | undefined,
  reach: Reach,
  durationMs: number,
): ActionOutcome => {
  const { started, networked } = reach;
  const containerPorts = networked
    ? neededPorts(config, known).map(({ containerPort }) => containerPort)
    : [...started.ports.keys()];
  const output: ValueMap = {
    container_id: started.id,
    container_name: started.name,
    host: hostOf(reach),
    ports: Object.fromEntries(containerPorts.map((port) => [String(port), portOf(reach, port)])),
    networked,
    ...(known && { dsn: dsn(known, hostOf(reach), portOf(reach, known.port)) }),
    ...(known && config.network !== undefined && { dsn_internal: dsn(known, started.name, known.port) }),
    duration_ms: durationMs,
  };
  const summary = `${config.image} as ${started.name}, ready after ${durationMs} ms`;
  return { kind: 'completed', output, exchange: { kind: 'docker', summary } };
};
