// Suites run side by side; what there is one of on a machine is used in turns.
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until nobody else holds this name on this machine, and holds it until it is disposed of or this process ends. */
export const myTurn = async (name: string): Promise<AsyncDisposable> => {
  // An abstract socket of Linux: it belongs to one process, and is gone with it.
  const path = `\0testmesh-turn-${name}`;
  for (;;) {
    const server = createServer();
    const isMine = await new Promise<boolean>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'EADDRINUSE') resolve(false);
        else reject(error);
      });
      server.listen(path, () => resolve(true));
    });
    if (isMine) return { [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())) };
    await sleep(100);
  }
};
