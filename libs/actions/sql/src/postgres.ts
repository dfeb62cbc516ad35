// Sessions on PostgreSQL, opened through node-postgres.
import type { ActionContext } from '@testmesh/action-kit';
import { judgedSocket } from '@testmesh/outbound';
import pg from 'pg';
import { unlessAborted } from './abort.ts';
import type { Address } from './address.ts';
import { cutOff } from './cut-off.ts';
import { ConnectFailed, type Connection, type ConnectOptions } from './database.ts';
import { type TlsSettings, tlsAttempts } from './encryption.ts';
import { PostgresConnection } from './postgres-connection.ts';

const NO_TLS = 'The server does not support SSL connections';

/** Opens a session; an encrypted one where the server can. */
export const connectPostgres = async (options: ConnectOptions): Promise<Connection> => {
  const { address, outbound, signal, readFile } = options;
  const [first, fallback] = await tlsAttempts(address, readFile);
  const openBy = async (tls: TlsSettings | undefined): Promise<Connection> => {
    const client = await open(address, { tls, outbound }, signal);
    return new PostgresConnection(client, (deadline) => open(address, { tls, outbound }, deadline));
  };
  try {
    return await openBy(first).catch((error: Error) => {
      if (address.ssl === 'prefer' && error.message === NO_TLS) return openBy(fallback);
      throw error;
    });
  } catch (error) {
    signal.throwIfAborted();
    throw new ConnectFailed((error as Error).message, { cause: error });
  }
};

interface Way {
  readonly tls: TlsSettings | undefined;
  readonly outbound: ActionContext['outbound'];
}

const open = async (address: Address, { tls, outbound }: Way, signal: AbortSignal): Promise<pg.Client> => {
  const { host, port, user, password = '', database, options, connectTimeoutMs } = address;
  const client = new pg.Client({
    ...{ host, port, user, password, database },
    ...(options !== undefined && { options }),
    ...(outbound !== undefined && { stream: () => judgedSocket(outbound) }),
    ssl: tls ?? false,
    application_name: 'testmesh',
    connectionTimeoutMillis: connectTimeoutMs,
  });
  // Without a listener a session that ends by itself would end the process.
  client.on('error', () => undefined);
  try {
    await unlessAborted(client.connect(), signal);
    return client;
  } catch (error) {
    cutOff(client);
    throw error;
  }
};
