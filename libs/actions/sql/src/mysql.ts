import type { Connection, ConnectOptions } from './database.ts';
export const connectMysql = (_: ConnectOptions): Promise<Connection> =>
  Promise.reject(new Error("MySQL is not wired yet"));
  throw new Error('x');
};
