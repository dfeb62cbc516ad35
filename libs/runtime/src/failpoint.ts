// Places where a test may kill or hold a process: `TESTMESH_FAILPOINTS=append.afterCommit:exit@3,relay.beforeCheckpoint:sleep(2000)`.
// B1. Without a plan a failpoint is one comparison and does nothing; only `armFailpoints` makes a plan, and only the mains of
//     services call it, with a variable that no operator needs and that is told as a warning in the log.
// B2. A plan names points that exist and acts that are known, or is refused before anything starts.
import { setTimeout as sleep } from 'node:timers/promises';

/** Every failpoint there is, by where it stands. */
const FAILPOINTS = [
  'claim.beforeCommit',
  'claim.afterCommit',
  'append.beforeSend',
  'append.afterCommit',
  'relay.beforePublish',
  'relay.beforeCheckpoint',
  'projector.beforeCommit',
  'projector.afterCommit',
] as const;
export type Failpoint = (typeof FAILPOINTS)[number];

type Act = { readonly kind: 'exit' } | { readonly kind: 'sleep'; readonly ms: number };

interface Armed {
  readonly act: Act;
  /** The passing at which it acts, from 1; 0 acts at each. */
  readonly at: number;
  passed: number;
}

/** What SIGKILL would leave: no handler runs, nothing is flushed. */
const end = (): void => {
  process.kill(process.pid, 'SIGKILL');
};

let armed: ReadonlyMap<Failpoint, Armed> | undefined;

/** Lets failpoints act as the text says, and says so; without a text none of them acts. */
export const armFailpoints = (text: string | undefined, warn: (words: string) => void): void => {
  const parts = (text ?? '').split(',').filter((part) => part.trim() !== '');
  armed = parts.length === 0 ? undefined : new Map(parts.map(readPart));
  if (parts.length > 0) warn(`this process will fail on purpose: TESTMESH_FAILPOINTS=${text}`);
};

/** Stands where a test may want a process to end or to hold. */
export const failpoint = (name: Failpoint): Promise<void> | undefined => {
  if (armed === undefined) return undefined;
  const found = armed.get(name);
  if (found === undefined) return undefined;
  found.passed += 1;
  if (found.at !== 0 && found.at !== found.passed) return undefined;
  if (found.act.kind === 'sleep') return sleep(found.act.ms);
  end();
  return new Promise(() => undefined);
};

const PART = /^([a-z]+\.[A-Za-z]+):(?:(exit)|sleep\((\d{1,6})\))(?:@(\d{1,6}))?$/;

const readPart = (part: string): [Failpoint, Armed] => {
  const [, name, exit, ms, at] = PART.exec(part.trim()) ?? [];
  const point = FAILPOINTS.find((known) => known === name);
  if (point === undefined) {
    throw new Error(
      `${part.trim()} is no failpoint: NAME:exit or NAME:sleep(MS), then @N; NAME is one of ${FAILPOINTS.join(', ')}`,
    );
  }
  const act: Act = exit === undefined ? { kind: 'sleep', ms: Number(ms) } : { kind: 'exit' };
  return [point, { act, at: Number(at ?? 0), passed: 0 }];
};
