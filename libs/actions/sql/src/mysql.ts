// Sessions on MySQL and MariaDB, opened through mysql2.
import type { ActionContext } from '@testmesh/action-kit';
import { connectTcp } from '@testmesh/outbound';
import mysql from 'mysql2';
import { unlessAborted } from './abort.ts';
import type { Address } from './address.ts';
import { ConnectFailed, type Connection, type ConnectOptions } from './database.ts';
import { type TlsSettings, tlsAttempts } from './encryption.ts';
import { MysqlConnection } from './mysql-connection.ts';

/** Opens a session; an encrypted one where the server can. */
export const connectMysql = async (options: ConnectOptions): Promise<Connection> => {
  const { address, outbound, signal, readFile } = options;
  const [first, fallback] = await tlsAttempts(address, readFile);
  const openBy = async (tls: TlsSettings | undefined): Promise<Connection> => {
    const session = await open(address, { tls, outbound }, signal);
    const connection = new MysqlConnection(session, (deadline) => open(address, { tls, outbound }, deadline));
    // Timestamps are shown in the session's zone: UTC makes a flow's meaning independent of the server's place.
    await connection.command("SET time_zone = '+00:00'", signal);
    return connection;
  };
  try {
    return await openBy(first).catch((error: NodeJS.ErrnoException) => {
      if (address.ssl === 'prefer' && error.code === 'HANDSHAKE_NO_SSL_SUPPORT') return openBy(fallback);
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

const open = async (address: Address, { tls, outbound }: Way, signal: AbortSignal): Promise<mysql.Connection> => {
  const { host, port, user, password = '', database, connectTimeoutMs } = address;
  const session = mysql.createConnection({
    ...(host.startsWith('/') ? { socketPath: host } : { host, port }),
    ...(outbound !== undefined && {
      stream: () => connectTcp(outbound, host.startsWith('/') ? { path: host } : { host, port, noDelay: true }),
    }),
    ...{ user, password, database },
    connectTimeout: connectTimeoutMs,
    charset: 'utf8mb4',
    multipleStatements: true,
    ...(tls !== undefined && { ssl: tls }),
  });
  // Without a listener a session that ends by itself would end the process.
  session.on('error', () => undefined);
  const connected = new Promise<mysql.Connection>((resolve, reject) => {
    session.connect((error) => (error ? reject(error) : resolve(session)));
  });
  try {
    return await unlessAborted(connected, signal);
  } catch (error) {
    session.destroy();
    throw error;
  }
};
