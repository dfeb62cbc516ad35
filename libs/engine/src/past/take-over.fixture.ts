import type { Action } from '@testmesh/action-kit';
import type { RunEvent } from '@testmesh/domain';
import type { Flow, Step } from '@testmesh/flow';
import { broken, fakeAction, fakeClock, flow, memoryBlobs, ok } from '@testmesh/testing';
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
  { flow: given, children = {}, input = {} }: Case,
  { history, kept = new Map() }: Inherited = { history: [] },
  ports: Partial<EnginePorts> = {},
): Promise<Owner> => {
  const performed: string[] = [];
  const keeps: { after: number; name: string; value: string }[] = [];
  const recorded: RunEvent[] = [];
  const { outcome } = await run(given, {
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
  history: [...before.history, ...events.slice(0, count), ...(events[count - 1]?.type === 'RunCompleted' ? [] : LOST)],
  kept: new Map([
    ...(before.kept ?? []),
    ...kept.filter(({ after }) => after <= count).map(({ name, value }) => [name, value] as const),
  ]),
});

const LOST: readonly RunEvent[] = [
  { type: 'RunLeaseExpired', executor: 'one' },
  { type: 'RunClaimed', executor: 'another', attempt: 2 },
];

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

/** A value without what it says of how long something took. */
export const timeless = <T>(value: T): T =>
  JSON.parse(
    JSON.stringify(value)
      .replaceAll(/within \d+ ms/g, 'within some ms')
      .replaceAll(/"duration_ms":\d+/g, '"duration_ms":0'),
  ) as T;

/** A flow whose steps stand in a file of their own. */
export const inFile = (file: string, { setup = [], steps = [], teardown = [], ...parts }: FlowParts): Flow => {
  const moved = (list: readonly Step[]): Step[] => list.map((step) => ({ ...step, span: { ...step.span, file } }));
  return flow({ ...parts, file, setup: moved(setup), steps: moved(steps), teardown: moved(teardown) });
};

type FlowParts = NonNullable<Parameters<typeof flow>[0]>;

/** Steps that began although they had ended, ended twice, or acted twice although they must not. */
export const repeated = (events: readonly RunEvent[]): string[] => {
  const wrong: string[] = [];
  const ended = new Set<string>();
  const acted = new Set<string>();
  for (const event of events) {
    if (event.type === 'StepOutcomeUnknown') acted.delete(event.path);
    if (event.type === 'StepStarted') {
      if (ended.has(event.path)) wrong.push(`${event.path} began again`);
      for (const path of ended) if (isWithin(path, event.path)) ended.delete(path);
      for (const path of acted) if (isWithin(path, event.path)) acted.delete(path);
      const attempt = `${event.path}#${event.attempt}`;
      if (event.effect === 'once' && acted.has(event.path)) wrong.push(`${attempt} acted again`);
      if (event.effect === 'once') acted.add(event.path);
    }
    if (event.type === 'StepCompleted') {
      if (ended.has(event.path)) wrong.push(`${event.path} ended again`);
      ended.add(event.path);
      acted.delete(event.path);
    }
  }
  return wrong;
};

const isWithin = (path: string, outer: string): boolean => path.startsWith(`${outer}/`) || path.startsWith(`${outer}[`);
