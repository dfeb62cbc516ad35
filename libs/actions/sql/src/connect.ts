import type { Connection, ConnectOptions } from './database.ts';

/** Opens a session; the database's driver is loaded when the first step needs it. */
export const connect = async (options: ConnectOptions): Promise<Connection> => {
  if (options.address.dialect === 'postgres') {
    const { connectPostgres } = await import('./postgres.ts');
    return connectPostgres(options);
  }
  const { connectMysql } = await import('./mysql.ts');
  return connectMysql(options);
};
