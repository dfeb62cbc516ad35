import { readFileSync, renameSync, writeFileSync } from 'node:fs';

// Health without a port: a file that is written anew every few seconds, and a command that looks at it.

export interface HealthState {
  readonly busy: number;
  /** The server answered when it was asked last. */
  readonly isReached: boolean;
}

const EVERY_MS = 5000;
/** A file older than this is of an agent that hangs or is gone. */
const STALE_MS = 30_000;

/** Writes until it is closed. */
export const writeHealth = (file: string, state: () => HealthState, now: () => number): Disposable => {
  const write = (): void => {
    const text = JSON.stringify({ at: new Date(now()).toISOString(), pid: process.pid, ...state() });
    writeFileSync(`${file}.new`, `${text}\n`);
    renameSync(`${file}.new`, file);
  };
  write();
  const timer = setInterval(write, EVERY_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
};

/** What is wrong; undefined when all is well. */
export const healthProblem = (file: string, now: number): string | undefined => {
  try {
    const { at } = JSON.parse(readFileSync(file, 'utf8')) as { readonly at: string };
    const ageMs = now - Date.parse(at);
    return ageMs <= STALE_MS
      ? undefined
      : `the agent wrote ${file} ${Math.round(ageMs / 1000)} s ago: it hangs or is gone`;
  } catch (error) {
    return `${file} says nothing: ${(error as Error).message}`;
  }
};
