import type { Action, ActionContext } from '@testmesh/action-kit';
import type { RunEvent, ValueMap } from '@testmesh/domain';
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
      async (config, context) => {
        performed.push(context.stepPath);
        await doAsTold(config, context);
        if (Number(config['upTo'] ?? 0) > context.attempt) return broken();
        if (config['break'] === true) return broken('EBROKEN', 'it broke');
        const round = Number(/\[(\d+)\]\/[^/]+$/.exec(context.stepPath)?.[1] ?? 0);
        const big = 'x'.repeat(Number(config['size'] ?? 0));
        return ok({ ...config, round, number: context.random.next(), big });
      },
      { effect },
    );
  return { do: answer('repeatable'), send: answer('once') };
};

const doAsTold = async (config: ValueMap, { clock, signal, secret, use }: ActionContext): Promise<void> => {
  const { hold, sleep, token } = config;
  const open = async () => 1;
  const close = async () => undefined;
  if (typeof hold === 'string') await use({ kind: 'server', key: hold, bound: true }, open, close);
  if (typeof sleep === 'number') await clock.sleep(sleep, signal);
  if (typeof token === 'string') secret(token);
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
export const inherited = (before: Inherited, { events, kept }: Owner, count: number): Inherited => {
  const history = [...before.history, ...events.slice(0, count)];
  const reached = kept.filter(({ after }) => after <= count).map(({ name, value }) => [name, value] as const);
  return {
    history: history.at(-1)?.type === 'RunCompleted' ? history : [...history, ...LOST],
    kept: new Map([...(before.kept ?? []), ...reached]),
  };
};

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
  const ledger = new Ledger();
  return events.flatMap((event) => ledger.take(event));
};

class Ledger {
  readonly #ended = new Set<string>();
  /** Attempts that must not happen twice and that began. */
  readonly #acted = new Map<string, number>();

  take(event: RunEvent): readonly string[] {
    if (event.type === 'StepStarted') return this.#started(event);
    if (event.type !== 'StepCompleted' && event.type !== 'StepOutcomeUnknown') return [];
    this.#acted.delete(event.path);
    if (event.type === 'StepOutcomeUnknown') return [];
    const wrong = this.#ended.has(event.path) ? [`${event.path} ended again`] : [];
    this.#ended.add(event.path);
    return wrong;
  }

  #started({ path, attempt, effect }: Extract<RunEvent, { type: 'StepStarted' }>): readonly string[] {
    const wrong = [
      ...(this.#ended.has(path) ? [`${path} began again`] : []),
      ...(this.#acted.get(path) === attempt ? [`${path} acted again`] : []),
    ];
    for (const paths of [this.#ended, this.#acted]) forgetWithin(paths, path);
    if (effect === 'once') this.#acted.set(path, attempt);
    return wrong;
  }
}

const forgetWithin = (paths: Set<string> | Map<string, number>, outer: string): void => {
  for (const path of [...paths.keys()]) {
    if (path.startsWith(`${outer}/`) || path.startsWith(`${outer}[`)) paths.delete(path);
  }
};
