import type { ActionContext } from '@testmesh/action-kit';
import { connectTcp, refusalWithin } from '@testmesh/outbound';
import type { Sighting } from './sighting.ts';

/** Tries once to connect. */
export const probeTcp = (
  { host, port }: { readonly host: string; readonly port: number },
  outbound: ActionContext['outbound'],
  signal: AbortSignal,
): Promise<Sighting> =>
  new Promise((resolve, reject) => {
    const address = `${host}:${port}`;
    const socket = connectTcp(outbound, { host, port });
    const stop = (): void => {
      socket.destroy();
      reject(signal.reason);
    };
    const settle = (sighting: Sighting): void => {
      signal.removeEventListener('abort', stop);
      socket.destroy();
      resolve(sighting);
    };
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    socket.once('connect', () => settle({ ready: true, seen: 'connected', details: { address, connected: true } }));
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (refusalWithin(error) !== undefined) return reject(error);
      const seen = `could not connect to ${address} (${error.code ?? error.message})`;
      settle({ ready: false, seen, details: { address, connected: false, error: error.code ?? error.message } });
    });
  });
