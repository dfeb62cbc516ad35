// Starting other programs: tools that end by themselves, and servers that are watched and stopped.
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Site } from './vocabulary.ts';

/** What a program printed, or the last `limit` characters of it. */
const listenTo = (child: ChildProcess, limit: number): (() => string) => {
  let text = '';
  const keep = (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-limit);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  return () => text.trim();
};

const lastWords = 4_000;

const ended = (child: ChildProcess): Promise<string> =>
  new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(code === null ? `signal ${signal}` : `code ${code}`));
  });

/** Runs a program to its end and gives what it printed; anything but code 0 is an error with its last words. */
export const runTool = async (
  command: string,
  args: readonly string[],
  options: SpawnOptions = {},
): Promise<string> => {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const printed = listenTo(child, Number.POSITIVE_INFINITY);
  const end = await ended(child);
  if (end !== 'code 0')
    throw new Error(`${command} ${args.join(' ')} ended with ${end}\n${printed().slice(-lastWords)}`);
  return printed();
};

export const isInstalled = (command: string, versionFlag = '--version'): Promise<boolean> =>
  runTool(command, [versionFlag]).then(
    () => true,
    () => false,
  );

export type ServerPlan = {
  readonly command: string;
  readonly args: readonly string[];
  /** Its folder is named on the command line: so leftovers are recognised. */
  readonly site: Site;
  readonly options?: SpawnOptions;
  /** Resolves when the server answers; asked again until then. */
  readonly probe: () => Promise<unknown>;
  readonly deadlineMs: number;
  readonly stopSignal?: NodeJS.Signals;
};

export const pidFile = 'server.pid';

export type Server = { readonly pid: number; readonly stop: () => Promise<void> };

const patienceMs = 8_000;

const stopServer = async (child: ChildProcess, end: Promise<string>, stopSignal: NodeJS.Signals) => {
  child.kill(stopSignal);
  const winner = await Promise.race([end, sleep(patienceMs, 'too slow' as const, { ref: false })]);
  if (winner === 'too slow') child.kill('SIGKILL');
  await end;
};

const answers = async (plan: ServerPlan, isOver: () => string | undefined) => {
  const deadline = Date.now() + plan.deadlineMs;
  for (;;) {
    plan.site.signal.throwIfAborted();
    const over = isOver();
    if (over !== undefined) throw new Error(`it ended with ${over} while starting`);
    try {
      return await plan.probe();
    } catch (error) {
      if (Date.now() > deadline) throw new Error(`it did not answer in ${plan.deadlineMs / 1000} s`, { cause: error });
      await sleep(50);
    }
  }
};

/** Starts a server, waits until it answers, and stops it again if it never does. */
export const startServer = async (plan: ServerPlan): Promise<Server> => {
  const child = spawn(plan.command, plan.args, {
    cwd: plan.site.folder,
    ...plan.options,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const words = listenTo(child, lastWords);
  const end = ended(child);
  if (child.pid !== undefined) await writeFile(path.join(plan.site.folder, pidFile), String(child.pid));
  let over: string | undefined;
  void end.then((how) => {
    over = how;
  });
  const stop = () => stopServer(child, end, plan.stopSignal ?? 'SIGTERM');
  try {
    await answers(plan, () => over);
  } catch (error) {
    await stop();
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${plan.command}: ${reason}\n${words()}`.trim(), { cause: error });
  }
  let isWanted = true;
  void end.then((how) => {
    if (isWanted) plan.site.say(`ended by itself with ${how}\n${words()}`.trim());
  });
  return {
    pid: child.pid ?? 0,
    async stop() {
      isWanted = false;
      await stop();
    },
  };
};

/** A free port can be taken by somebody else before the server binds it: such a start is tried again on another one. */
export const onFreePort = async <T>(
  wished: number | undefined,
  freePort: () => Promise<number>,
  start: (port: number) => Promise<T>,
): Promise<T> => {
  if (wished !== undefined) return start(wished);
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(await freePort());
    } catch (error) {
      if (attempt === 3 || !/address already in use|EADDRINUSE|could not bind|BindException/i.test(String(error)))
        throw error;
    }
  }
};
