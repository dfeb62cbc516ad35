import type { Action } from '@testmesh/action-kit';
import type { RunEvent, StepPath } from '@testmesh/domain';
import type { Flow } from '@testmesh/flow';
import { broken, fakeAction, fakeClock, memoryBlobs, ok } from '@testmesh/testing';
import { foldRun, type RunReport, type StepReport } from '@testmesh/views';
import type { EnginePorts, RunInput, RunOutcome } from '../index.ts';
import { RUN_ID, run } from '../run.fixture.ts';

/** A flow to be taken over, and what stands around it. */
export interface Case {
  readonly name: string;
  readonly flow: Flow;
  readonly children?: Readonly<Record<string, Flow>>;
  readonly input?: Partial<RunInput>;
}

/** What one owner did of a run. */
export interface Owner {
  readonly outcome: RunOutcome;
  /** What it recorded, in order. */
  readonly events: readonly RunEvent[];
  /** The paths of the steps whose actions it performed, in order. */
  readonly performed: readonly string[];
  /** What it kept apart, with the number of events it had recorded before. */
  readonly kept: readonly { readonly after: number; readonly name: string; readonly value: string }[];
}

export interface Inherited {
  readonly history: readonly RunEvent[];
  readonly kept?: ReadonlyMap<string, string>;
}

/** Bodies survive their executor. */
const blobs = memoryBlobs();

/** What actions answer depends on the config, the attempt and the path alone, as that of a server would. */
const actions = (performed: string[]): Record<string, Action> => {
  const answer = (effect: 'once' | 'repeatable') =>
    fakeAction(
      async (config, { attempt, stepPath, clock, signal, random, secret, use }) => {
        performed.push(stepPath);
        if (typeof config['hold'] === 'string') {
          await use(
            { kind: 'server', key: config['hold'], bound: true },
            async () => 1,
            async () => undefined,
          );
        }
        if (typeof config['sleep'] === 'number') await clock.sleep(config['sleep'], signal);
        if (typeof config['token'] === 'string') secret(config['token']);
        if (typeof config['upTo'] === 'number' && attempt < config['upTo']) return broken();
        if (config['break'] === true) return broken('EBROKEN', 'it broke');
        const round = Number(/\[(\d+)\]\/[^/]+$/.exec(stepPath)?.[1] ?? 0);
        return ok({ ...config, round, number: random.next(), big: 'x'.repeat(Number(config['size'] ?? 0)) });
      },
      { effect },
    );
  return { do: answer('repeatable'), send: answer('once') };
};

/** Runs a case from where its history stops to its end. */
export const own = async (
  { flow, children = {}, input = {} }: Case,
  { history, kept = new Map() }: Inherited = { history: [] },
  ports: Partial<EnginePorts> = {},
): Promise<Owner> => {
  const performed: string[] = [];
  const keeps: { after: number; name: string; value: string }[] = [];
  const recorded: RunEvent[] = [];
  const { outcome } = await run(flow, {
    actions: actions(performed),
    input: { ...input, history, kept },
    ports: {
      blobs,
      clock: fakeClock({ auto: true }),
      childFlow: async (path) => children[path] ?? Promise.reject(new Error(`no flow ${path}`)),
      readFile: async (path) => {
        const found = Object.values(children).find(({ file }) => file === path);
        return found ? new TextEncoder().encode(found.text) : Promise.reject(new Error(`no file ${path}`));
      },
      recorder: { record: (event) => void recorded.push(event), durable: async () => undefined },
      keepSecret: async (name, value) => void keeps.push({ after: recorded.length, name, value }),
      ...ports,
    },
  });
  return { outcome, events: recorded, performed, kept: keeps };
};

/** What a later owner inherits when the journal took no more than the first `count` events. */
export const inherited = (before: Inherited, { events, kept }: Owner, count: number): Inherited => ({
  history: [...before.history, ...events.slice(0, count), LOST],
  kept: new Map([
    ...(before.kept ?? []),
    ...kept.filter(({ after }) => after <= count).map(({ name, value }) => [name, value] as const),
  ]),
});

const LOST: RunEvent = { type: 'RunLeaseExpired', executor: 'one' };

/** A run's report without what a change of owner may change: times, attempts, the order in which branches ended. */
export const reportOf = (events: readonly RunEvent[]): RunReport => {
  const report = foldRun(RUN_ID, events);
  return { ...timeless(report), durationMs: 0, steps: report.steps.map(settled) };
};

const settled = (step: StepReport): StepReport => ({
  ...timeless(step),
  durationMs: 0,
  attempts: step.attempts.slice(-1).map((attempt) => ({ ...timeless(attempt), durationMs: 0 })),
  steps: [...step.steps].sort((a, b) => (a.path < b.path ? -1 : 1)).map(settled),
});

const timeless = <T>(value: T): T =>
  JSON.parse(
    JSON.stringify(value)
      .replaceAll(/within \d+ ms/g, 'within some ms')
      .replaceAll(/"duration_ms":\d+/g, '"duration_ms":0'),
  ) as T;

/** Paths of steps by what a history says of them. */
export const pathsOf = (history: readonly RunEvent[]) => {
  const ended = new Set<StepPath>();
  const openOnce = new Set<StepPath>();
  for (const event of history) {
    if (event.type === 'StepStarted') {
      for (const set of [ended, openOnce]) for (const path of set) if (isWithin(path, event.path)) set.delete(path);
      if (event.effect === 'once') openOnce.add(event.path);
    }
    if (event.type === 'StepCompleted') {
      ended.add(event.path);
      openOnce.delete(event.path);
    }
  }
  return { ended, openOnce };
};

const isWithin = (path: string, outer: string): boolean =>
  path === outer || path.startsWith(`${outer}/`) || path.startsWith(`${outer}[`);
