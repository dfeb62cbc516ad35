import { availableParallelism } from 'node:os';
import { parseDuration } from '@testmesh/contracts';
import { CommandEnd } from '../exit-code.ts';

/** What commander hands to a command that works on flows. */
export interface ContextOptions {
  readonly env?: string;
  readonly envFile?: readonly string[];
  readonly var?: readonly string[];
  readonly tags?: readonly string[];
  readonly color: 'auto' | 'always' | 'never';
  readonly api?: string;
  readonly json?: boolean;
}

export interface RunOptions extends ContextOptions {
  readonly parallel?: number;
  readonly confirm?: string;
  readonly testEnv?: string;
  readonly pool?: string;
  readonly priority?: number;
  readonly failFast?: boolean;
  readonly seed?: string;
  readonly timeout?: string;
  readonly reporter?: readonly string[];
  readonly progress: 'auto' | 'bar' | 'lines' | 'none';
  readonly data: string;
}

/** `--api` where a command works on files here is refused, not ignored. */
export const refuseApi = ({ api }: ContextOptions): void => {
  if (api === undefined) return;
  throw new CommandEnd('usage', '--api is for run: the server checks every flow it is given before it runs one');
};

/** What only a server has. */
export const refuseWithoutApi = (options: Pick<RunOptions, 'testEnv' | 'pool' | 'priority' | 'api'>): void => {
  if (options.api !== undefined) return;
  const { testEnv, pool, priority } = options;
  const refuse = (what: string) => {
    throw new CommandEnd('usage', `${what} of a server: name that with --api URL`);
  };
  if (testEnv !== undefined) refuse(`--test-env ${testEnv} is a test environment`);
  if (pool !== undefined) refuse(`--pool ${pool} is a pool of executors`);
  if (priority !== undefined) refuse(`--priority ${priority} is for the queue`);
};

export const refuseJson = ({ json }: ContextOptions): void => {
  if (json !== true) return;
  throw new CommandEnd('usage', '--json is reserved; for a report as JSON use --reporter json');
};

/** `--tags a,b --tags c` as one set; undefined when the option was not given. */
export const wantedTags = (given: readonly string[] | undefined): ReadonlySet<string> | undefined => {
  if (given === undefined) return undefined;
  const tags = given.flatMap((text) => text.split(',')).map((tag) => tag.trim());
  if (tags.some((tag) => tag === '')) throw new CommandEnd('usage', '--tags has an empty tag');
  return new Set(tags);
};

/** `--timeout 5m` in milliseconds. */
export const overallTimeoutMs = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  if (ms === undefined) throw new CommandEnd('usage', `--timeout ${text} is not a duration such as 90s or 5m`);
  if (ms <= 0) throw new CommandEnd('usage', `--timeout ${text} is no time at all: leave it out for no limit`);
  return ms;
};

// A flow mostly waits for somebody else's answer, so a core carries several; many cores still do not flood a service.
const PER_CORE = 4;
const FLOOD = 16;

export const flowsAtOnce = (given: number | undefined, cores = availableParallelism()): number =>
  given ?? Math.max(cores, Math.min(PER_CORE * cores, FLOOD));

/** Why a run that was asked for did not begin. */
export const nothingSent = (invalid: number, all: number): string =>
  `${all === 1 ? 'the file is invalid' : `${invalid} of ${all} files ${invalid === 1 ? 'is' : 'are'} invalid`}: nothing was sent`;
