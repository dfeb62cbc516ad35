import type { Logger } from 'pino';

/** What whoever starts a service can put right: the process ends with this one line, and with 2. */
export class StartRefused extends Error {
  override readonly name = 'StartRefused';
}

/** Tells why a process could not do what it was started for; it ends with 2 where its surroundings are to be put right, else with 1. */
export const endWith = (log: Pick<Logger, 'fatal'>, error: unknown): void => {
  if (error instanceof StartRefused) log.fatal(error.message);
  else log.fatal({ err: error }, error instanceof Error ? error.message : String(error));
  process.exitCode = error instanceof StartRefused ? 2 : 1;
};

/** Reads what operators say; whatever is wrong with it refuses the start. */
export const said = <T>(read: () => T): T => {
  try {
    return read();
  } catch (error) {
    throw new StartRefused(error instanceof Error ? error.message : String(error));
  }
};

/** The same of what is read, or loaded, a moment later. */
export const saidLater = async <T>(work: Promise<T>): Promise<T> => {
  try {
    return await work;
  } catch (error) {
    throw new StartRefused(error instanceof Error ? error.message : String(error));
  }
};

export interface Address {
  readonly host: string;
  readonly port: number;
}

const NOT_HERE = new Set(['EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAFNOSUPPORT', 'EINVAL']);

/** Waits until something listens; where it cannot, the start is refused with the variable that says another address. */
export const listening = async <T>(
  work: Promise<T>,
  { host, port }: Address,
  variables: { readonly host: string; readonly port: string },
): Promise<T> => {
  try {
    return await work;
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') {
      throw new StartRefused(
        `port ${port} is taken: stop what listens there, or choose another with ${variables.port}`,
      );
    }
    if (code === 'EACCES') {
      throw new StartRefused(`port ${port} may not be opened: choose one above 1023 with ${variables.port}`);
    }
    if (!NOT_HERE.has(code)) throw error;
    throw new StartRefused(
      `${variables.host}=${host} is no address of this machine: ${message}; 0.0.0.0 is all of them`,
    );
  }
};
