import { once } from 'node:events';
import { createServer } from 'node:net';
import { CommandEnd } from '../exit-code.ts';

/** Ends the command where nothing can listen at this address, before anything is started. */
export const demandAddress = async (host: string, port: number): Promise<void> => {
  const probe = createServer();
  try {
    probe.listen({ host, port, exclusive: true });
    await once(probe, 'listening');
  } catch (error) {
    throw notListening(error, host, port) ?? error;
  } finally {
    await new Promise((resolve) => probe.close(resolve));
  }
};

const NOT_HERE = new Set(['EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAFNOSUPPORT', 'EINVAL']);

/** What to tell who asked for an address; undefined when something else went wrong. */
export const notListening = (error: unknown, host: string, port: number): CommandEnd | undefined => {
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE')
    return new CommandEnd('usage', `port ${port} is taken: stop what listens there, or choose another with --port`);
  if (code === 'EACCES')
    return new CommandEnd('usage', `port ${port} may not be opened: choose one above 1023 with --port`);
  if (!NOT_HERE.has(code)) return undefined;
  return new CommandEnd(
    'usage',
    `--host ${host} is no address of this machine: ${message}; 127.0.0.1 is, and 0.0.0.0 is all of them`,
  );
};
