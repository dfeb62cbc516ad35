import type { Action } from '@testmesh/action-kit';
import type { RunEvent, RunId, StepCompleted } from '@testmesh/domain';
import type { Flow } from '@testmesh/flow';
import { seededRandom } from '@testmesh/runtime';
import { fakeAction, fakeClock, memoryBlobs } from '@testmesh/testing';
import { type EnginePorts, type RunInput, type RunOutcome, runFlow } from './index.ts';
import { demandKnownShape } from './known-shape.fixture.ts';

export interface Ran {
  readonly outcome: RunOutcome;
  readonly events: readonly RunEvent[];
  /** `path: status` of every step in the order they ended. */
  readonly line: readonly string[];
  readonly step: (path: string) => StepCompleted;
  readonly logged: readonly string[];
  /** How often facts were made durable, by the number recorded before. */
  readonly barriers: readonly number[];
}

export interface RunParts {
  readonly actions?: Readonly<Record<string, Action>>;
  readonly input?: Partial<RunInput>;
  readonly ports?: Partial<EnginePorts>;
}

export const RUN_ID = '019aa000-0000-7000-8000-0000000000ff' as RunId;

/** Runs a flow with fake actions on a clock that jumps whenever everything waits; what it records has the shape that is kept. */
export const run = async (flow: Flow, { actions = {}, input = {}, ports = {} }: RunParts = {}): Promise<Ran> => {
  const events: RunEvent[] = [];
  const logged: string[] = [];
  const barriers: number[] = [];
  const known: Readonly<Record<string, Action>> = { do: fakeAction(), ...actions };
  const outcome = await runFlow(
    {
      runId: RUN_ID,
      flow,
      variables: new Map(),
      envFileVariables: new Map(),
      flowEnvFileVariables: new Map(),
      osVariables: new Map(),
      secretNames: [],
      seed: 'seed',
      tags: [],
      ...input,
    },
    {
      recorder: {
        record: (event) => {
          demandKnownShape(event);
          events.push(event);
        },
        durable: async () => void barriers.push(events.length),
      },
      blobs: memoryBlobs(),
      clock: fakeClock({ auto: true }),
      random: seededRandom,
      action: async (type) => known[type] ?? Promise.reject(new Error(`no action ${type}`)),
      childFlow: async (path) => Promise.reject(new Error(`no flow ${path}`)),
      readFile: async (path) => Promise.reject(new Error(`no file ${path}`)),
      glob: async () => [],
      signal: new AbortController().signal,
      force: new AbortController().signal,
      log: (message) => void logged.push(message),
      ...ports,
    },
  );
  const completed = events.filter((event) => event.type === 'StepCompleted');
  return {
    outcome,
    events,
    logged,
    barriers,
    line: completed.map(({ path, status }) => `${path}: ${status}`),
    step: (path) => {
      const found = completed.findLast((event) => event.path === path);
      if (!found)
        throw new Error(`no step ${path} ended; there are ${completed.map((event) => event.path).join(', ')}`);
      return found;
    },
  };
};

/** A signal that waits for its abort: an action that never ends by itself. */
export const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
