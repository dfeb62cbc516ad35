import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Environment, Exit, Member, ServiceName } from './vocabulary.ts';

// A service as a child process of ours.
// M1. It is there for use when it has said that it is ready, or never: an end before that is an error with its last words.
// M2. It does not outlive this process, however that ends.

const root = path.resolve(import.meta.dirname, '../..');
const follow = `--import=${path.join(root, 'tools/follow-parent.mjs')}`;
const LINES_KEPT = 5000;
const START_MS = 180_000;
/** A service that drains may take its time; this is longer than any of them waits. */
const STOP_MS = 40_000;

export interface MemberPlan {
  readonly service: ServiceName;
  readonly name: string;
  readonly env: Environment;
  readonly bundled: boolean;
}

export const startMember = async ({ service, name, env, bundled }: MemberPlan): Promise<Member> => {
  const program = bundled ? `services/dist/${service}.mjs` : `services/${service}/src/main.ts`;
  const child = spawn(process.execPath, [follow, path.join(root, program)], {
    cwd: root,
    env: { ...bare(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = endOf(child);
  const log = new Log(child);
  const ready = await log.ready(ended, name).catch((error: unknown) => {
    child.kill('SIGKILL'); // nobody knows of it: it would be left behind
    throw error;
  });
  return {
    service,
    name,
    pid: child.pid ?? 0,
    health: `http://127.0.0.1:${ready.healthPort}`,
    url: ready.url,
    lines: () => log.lines,
    signal: (signal) => void child.kill(signal),
    kill: async (signal = 'SIGKILL') => {
      child.kill(signal);
      const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      return ended.finally(() => clearTimeout(late));
    },
    ended,
  };
};

// Nothing of the caller's settings may leak into what is started.
const bare = (): NodeJS.ProcessEnv => {
  const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
  return { PATH, HOME, NODE_COMPILE_CACHE, LANG: 'C.UTF-8' };
};

const endOf = async (child: ChildProcess): Promise<Exit> => {
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal };
};

interface Ready {
  readonly healthPort: number;
  readonly url: string;
}

class Log {
  readonly lines: string[] = [];
  readonly #heard: ((line: string) => void)[] = [];

  constructor({ stdout, stderr }: ChildProcess) {
    for (const input of [stdout, stderr]) {
      if (input === null) continue;
      createInterface({ input }).on('line', (line) => {
        this.lines.push(line);
        if (this.lines.length > LINES_KEPT) this.lines.shift();
        for (const hear of this.#heard) hear(line);
      });
    }
  }

  async ready(ended: Promise<Exit>, name: string): Promise<Ready> {
    const { promise, resolve, reject } = Promise.withResolvers<Ready>();
    let url = '';
    this.#heard.push((line) => {
      const said = parsed(line);
      if (typeof said['url'] === 'string' && said['message'] === 'listening') url = said['url'];
      if (said['message'] === 'ready') resolve({ healthPort: Number(said['healthPort']), url });
    });
    const fail = (why: string): void => reject(new Error(`${name} ${why}\n${this.lines.slice(-20).join('\n')}`));
    const timer = setTimeout(() => fail(`was not ready after ${START_MS / 1000} s`), START_MS);
    void ended.then(({ code, signal }) => fail(`ended with ${signal ?? `code ${code}`} while starting`));
    return promise.finally(() => {
      clearTimeout(timer);
      this.#heard.length = 0;
    });
  }
}

const parsed = (line: string): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {}; // what Node itself prints is kept as a line, and says nothing here
  }
};
