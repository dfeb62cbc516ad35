import { createHash } from 'node:crypto';
import net from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { ActionContext } from '@testmesh/action-kit';
import { connectTcp, connectTls } from '@testmesh/outbound';
import { type ISocketFactory, type KafkaConfig, logLevel, type SASLOptions } from 'kafkajs';
import type { Connection } from '../config.ts';
import './request-queue-patch.ts';

const CONNECTION_TIMEOUT_MS = 2000;
const REQUEST_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_DELAY_MS = 60_000;

/** Settings every kafkajs client of ours is made with, and the means to cut its sockets when it does not close. */
export interface ClientSettings {
  readonly config: Required<Pick<KafkaConfig, 'clientId' | 'connectionTimeout' | 'requestTimeout' | 'retry'>> & {
    readonly brokers: string[];
    readonly ssl: ConnectionOptions | undefined;
    readonly sasl: SASLOptions | undefined;
    readonly socketFactory: ISocketFactory;
    readonly logLevel: logLevel;
    readonly logCreator: () => () => void;
  };
  /** Closes the connections there are; the client may make new ones. */
  readonly drop: () => void;
  /** Closes them for good: whatever kafkajs still tries fails at once. */
  readonly cut: () => void;
}

/** Reads certificate files and marks the password as a secret. */
export const clientSettings = async (connection: Connection, context: ActionContext): Promise<ClientSettings> => {
  const { brokers, sasl } = connection;
  if (sasl) context.secret(sasl.password);
  const ssl = await tlsOptions(connection, context);
  const { socketFactory, drop, cut } = trackedSockets(context.outbound);
  return {
    drop,
    cut,
    config: {
      clientId: `testmesh-${context.runId}`,
      brokers: [...brokers],
      ssl,
      sasl: sasl as SASLOptions | undefined,
      socketFactory,
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      // Each address once more: what is down for longer is told, not waited for.
      retry: { retries: brokers.length, initialRetryTime: 50, maxRetryTime: 500 },
      logLevel: logLevel.NOTHING,
      logCreator: () => () => {},
    },
  };
};

/** Tells apart what may not share a client: addresses, credentials and certificates. */
export const connectionKey = ({ brokers, sasl, tls: secure }: Connection, runId: string): string => {
  const credentials = JSON.stringify([runId, sasl, secure]);
  const suffix = sasl || secure ? `#${createHash('sha256').update(credentials).digest('hex').slice(0, 12)}` : '';
  return `${brokers.join(',')}${suffix}`;
};

const tlsOptions = async ({ tls: secure }: Connection, context: ActionContext) => {
  if (!secure?.enabled) return undefined;
  if (!('insecure_skip_verify' in secure)) return {};
  const read = async (path: string | undefined) => (path === undefined ? undefined : await context.readFile(path));
  const [ca, cert, key] = await Promise.all([read(secure.ca_file), read(secure.cert_file), read(secure.key_file)]);
  return {
    rejectUnauthorized: !secure.insecure_skip_verify,
    ...(ca && { ca: Buffer.from(ca) }),
    ...(cert && { cert: Buffer.from(cert) }),
    ...(key && { key: Buffer.from(key) }),
    ...(secure.server_name !== undefined && { servername: secure.server_name }),
  };
};

const closedHere = (): Error => new Error('the client was closed');

const trackedSockets = (
  outbound: ActionContext['outbound'],
): Pick<ClientSettings, 'drop' | 'cut'> & { socketFactory: ISocketFactory } => {
  const sockets = new Set<net.Socket>();
  let isCut = false;
  const drop = (): void => {
    // With an error, because kafkajs overlooks a socket that merely closes: its timers would keep the process alive.
    for (const socket of sockets) socket.destroy(closedHere());
  };
  const socketFactory: ISocketFactory = ({ host, port, ssl, onConnect }) => {
    if (isCut) return new net.Socket().destroy(closedHere());
    const servername = net.isIP(host) ? {} : { servername: host };
    const socket = ssl
      ? connectTls(outbound, { host, port, ...servername, ...ssl }, onConnect)
      : connectTcp(outbound, { host, port }, onConnect);
    socket.setKeepAlive(true, KEEP_ALIVE_DELAY_MS);
    sockets.add(socket);
    socket.once('close', () => {
      sockets.delete(socket);
      // While a broker is away kafkajs unrefs its dead socket at every try, and each time Node adds a listener to it.
      socket.unref = () => socket;
    });
    return socket;
  };
  return {
    socketFactory,
    drop,
    cut: () => {
      isCut = true;
      drop();
    },
  };
};
