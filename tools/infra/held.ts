// A claim that dies with its holder: a local socket somebody listens on. The kernel closes it even after SIGKILL or a
// power cut, so no claim is ever trusted because of a file or a process id that outlived its owner.
import { mkdir, rm } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export type Claim = { readonly release: () => Promise<void> };

const longestSocketPath = process.platform === 'darwin' ? 103 : 107;

export const isHeld = (socketPath: string): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = net.connect(socketPath);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });

const listen = (socketPath: string): Promise<net.Server | undefined> =>
  new Promise((resolve, reject) => {
    const server = net.createServer((visitor) => visitor.destroy());
    server.once('listening', () => resolve(server));
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    );
    server.listen(socketPath);
  });

/** Claims the path, or says `undefined` when a living process holds it. */
export const tryHold = async (socketPath: string): Promise<Claim | undefined> => {
  if (Buffer.byteLength(socketPath) > longestSocketPath)
    throw new Error(`${socketPath} is too long for a socket: set TESTMESH_CACHE to a shorter folder`);
  await mkdir(path.dirname(socketPath), { recursive: true });
  let server = await listen(socketPath);
  if (server === undefined && !(await isHeld(socketPath))) {
    await rm(socketPath, { force: true });
    server = await listen(socketPath);
  }
  if (server === undefined) return undefined;
  const held = server;
  held.unref();
  return {
    release: () => new Promise((resolve) => held.close(() => resolve())),
  };
};

/** Runs `work` while no other process runs work under the same path. */
export const withLock = async <T>(socketPath: string, work: () => Promise<T>, onWait?: () => void): Promise<T> => {
  let claim = await tryHold(socketPath);
  if (claim === undefined) onWait?.();
  while (claim === undefined) {
    await sleep(200);
    claim = await tryHold(socketPath);
  }
  try {
    return await work();
  } finally {
    await claim.release();
  }
};
