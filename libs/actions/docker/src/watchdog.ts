// Sees to it that what a run started goes, whatever happens to the runner. Invariants:
// W1. The watchdog lives in a session of its own, so a Ctrl-C for the runner does not reach it.
// W2. It holds the other end of a pipe of the runner: however the runner dies, the kernel closes the pipe.
// W3. A word on the pipe before its end means that the runner has cleaned up itself.
import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Connection } from './daemon.ts';
import { RUN_LABEL } from './owner.ts';
import { purgeLabelled } from './purge.ts';

export interface Watchdog {
  /** Tells it that everything is cleaned up. */
  readonly dismiss: () => void;
}

type Purge = typeof purgeLabelled;

// Runs in the watchdog's process; like `purgeLabelled` it must not refer to anything outside itself.
const watch = (purgeAll: Purge, connection: Connection, label: string): void => {
  let dismissed = false;
  const cleanUp = async (): Promise<void> => {
    // A container whose creation was under way when the runner died appears a moment later.
    for (let tries = 0, quiet = 0; tries < 60 && quiet < 3; tries += 1) {
      const met = await purgeAll(connection, label).catch(() => 1);
      quiet = met === 0 ? quiet + 1 : 0;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  };
  process.stdin.on('data', () => {
    dismissed = true;
  });
  process.stdin.on('close', () => {
    if (!dismissed) void cleanUp();
  });
};

export const startWatchdog = async (connection: Connection, runId: string): Promise<Watchdog> => {
  const label = `${RUN_LABEL}=${runId}`;
  const script = `(${watch})(${purgeLabelled}, ${JSON.stringify(connection)}, ${JSON.stringify(label)})`;
  const child = spawn(process.execPath, ['-e', script], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: {},
    windowsHide: true,
  });
  await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  child.unref();
  (child.stdin as Socket).unref();
  // It may be gone when it is told to go; that is no failure of the run.
  child.stdin.on('error', () => undefined);
  return { dismiss: () => void child.stdin.end('done') };
};
