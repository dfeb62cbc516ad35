import path from 'node:path';
import { createConnection } from 'mysql2/promise';
import { installPackages } from '../apt.ts';
import { isRoot } from '../cache.ts';
import { freePort } from '../ports.ts';
import { isInstalled, onFreePort, runTool, startServer } from '../processes.ts';
import type { Running, Site } from '../vocabulary.ts';

const asRoot = isRoot ? ['--user=root'] : [];
const quick = [
  '--skip-log-bin',
  '--innodb-flush-log-at-trx-commit=0',
  '--innodb-doublewrite=0',
  '--innodb-buffer-pool-size=32M',
  '--skip-name-resolve',
];

const select1 = async (address: string) => {
  const connection = await createConnection(address);
  try {
    await connection.query('SELECT 1');
  } finally {
    connection.destroy();
  }
};

export const startMysql = async (site: Site): Promise<Running> => {
  if (!(await isInstalled('mariadbd'))) await installPackages(['mariadb-server'], site.say);
  const data = path.join(site.folder, 'data');
  const install = ['--no-defaults', ...asRoot, `--datadir=${data}`];
  await runTool('mariadb-install-db', [...install, '--auth-root-authentication-method=normal', '--skip-test-db']);
  return onFreePort(site.port, freePort, async (port) => {
    const address = `mysql://root@127.0.0.1:${port}/mysql`;
    const files = [`--datadir=${data}`, `--socket=${site.folder}/s.sock`, `--pid-file=${site.folder}/pid`];
    const server = await startServer({
      command: 'mariadbd',
      args: ['--no-defaults', ...asRoot, ...files, `--port=${port}`, '--bind-address=127.0.0.1', ...quick],
      site,
      probe: () => select1(address),
      deadlineMs: 30_000,
    });
    return { address, ...server };
  });
};
