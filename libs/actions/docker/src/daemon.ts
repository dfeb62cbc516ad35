import Docker from 'dockerode';
import { DockerProblem } from './problem.ts';

/** How to speak to the daemon over plain HTTP, for what must run without a driver. */
export interface Connection {
  readonly socketPath?: string;
  readonly host?: string;
  readonly port?: number;
  readonly tls?: { readonly ca: string[]; readonly cert: string; readonly key: string };
}

/** A Docker daemon that answered. */
export interface Daemon {
  readonly docker: Docker;
  readonly connection: Connection;
  /** Where this process reaches the ports it publishes. */
  readonly publishedHost: string;
  /** The address of its machine that ports are published on; empty for all there are. */
  readonly publishOn: string;
  readonly local: boolean;
}

interface Modem {
  readonly getSocketPath: () => Promise<string> | undefined;
  readonly host?: string;
  readonly port?: string | number;
  readonly protocol?: string;
  readonly ca?: Buffer | Buffer[] | string | string[];
  readonly cert?: Buffer | string;
  readonly key?: Buffer | string;
}

/** Finds the daemon that DOCKER_HOST or the default socket names. */
export const findDaemon = async (signal: AbortSignal): Promise<Daemon> => {
  const docker = client();
  const connection = await connectionOf(docker.modem as unknown as Modem);
  try {
    await docker.listContainers({ limit: 1, abortSignal: signal });
  } catch (error) {
    signal.throwIfAborted();
    throw unreachable(connection, error as NodeJS.ErrnoException);
  }
  const { host = '' } = connection;
  const local = connection.socketPath !== undefined;
  const loopback = local || ['localhost', '127.0.0.1', '::1'].includes(host);
  // In a container this process has a loopback of its own; whoever runs it says where the daemon's machine is.
  const own = process.env['TESTMESH_DOCKER_ADDRESS'] || (loopback ? '127.0.0.1' : undefined);
  return { docker, connection, local, publishedHost: own ?? host, publishOn: own ?? '' };
};

const client = (): Docker => {
  try {
    return new Docker();
  } catch (error) {
    throw new DockerProblem('TM4501', `the Docker client could not be set up: ${(error as Error).message}`);
  }
};

const connectionOf = async (modem: Modem): Promise<Connection> => {
  const socketPath = await modem.getSocketPath();
  if (socketPath !== undefined) return { socketPath };
  const { host = '', port, protocol, ca, cert, key } = modem;
  if (protocol === 'ssh')
    throw new DockerProblem('TM4501', `Docker over ssh (${host}) is not supported`, 'use unix:// or tcp://');
  const tls = cert && key && { ca: [ca ?? []].flat().map(String), cert: String(cert), key: String(key) };
  return { host, port: Number(port ?? 2375), ...(protocol === 'https' && tls && { tls }) };
};

const unreachable = ({ socketPath, host, port }: Connection, error: NodeJS.ErrnoException): DockerProblem => {
  const address = socketPath === undefined ? `tcp://${host}:${port}` : `unix://${socketPath}`;
  const help =
    error.code === 'EACCES'
      ? 'this user may not use the socket; add it to the docker group'
      : 'start Docker, or point DOCKER_HOST at a daemon';
  return new DockerProblem('TM4501', `Docker did not answer at ${address} (${error.code ?? error.message})`, help);
};
