import { createServer } from 'node:net';

/** Whether nothing listens on a loopback port. */
export const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });

export const allFree = async (ports: readonly number[]): Promise<boolean> =>
  (await Promise.all(ports.map(isFree))).every(Boolean);
