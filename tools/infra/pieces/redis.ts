import { Redis } from 'ioredis';
import { installPackages } from '../apt.ts';
import { freePort } from '../ports.ts';
import { isInstalled, onFreePort, startServer } from '../processes.ts';
import type { Running, Site } from '../vocabulary.ts';

const ping = async (address: string) => {
  const redis = new Redis(address, { lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null });
  redis.on('error', () => undefined); // told by the rejected connect below
  try {
    await redis.connect();
    await redis.ping();
  } finally {
    redis.disconnect();
  }
};

export const startRedis = async (site: Site): Promise<Running> => {
  if (!(await isInstalled('redis-server'))) await installPackages(['redis-server'], site.say);
  return onFreePort(site.port, freePort, async (port) => {
    const address = `redis://127.0.0.1:${port}`;
    const options = {
      port: String(port),
      bind: '127.0.0.1',
      save: '',
      appendonly: 'no',
      dir: site.folder,
      'set-proc-title': 'no',
    };
    const server = await startServer({
      command: 'redis-server',
      args: Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]),
      site,
      probe: () => ping(address),
      deadlineMs: 15_000,
    });
    return { address, ...server };
  });
};
