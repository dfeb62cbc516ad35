import { readFile } from 'node:fs/promises';
import type { ActionContext, Expectations } from '@testmesh/action-kit';
import type { Value } from '@testmesh/domain';
import { seededRandom, systemClock } from '@testmesh/runtime';

/** What a test may look at after an action has used its context. */
export interface TestActionContext extends ActionContext {
  /** Texts given to `secret`. */
  readonly secrets: readonly string[];
  /** Messages given to `log`. */
  readonly logged: readonly string[];
  /** `kind key` of every thing that is open now, in order of opening. */
  readonly opened: () => readonly string[];
  /** Closes what `use` opened, in reverse order, as the engine does when a run ends. */
  readonly close: () => Promise<void>;
}

const nothingExpected: Expectations = {
  names: () => false,
  judge: () => ({ holds: true, records: [] }),
  present: false,
  correlations: [],
};

interface Opened {
  readonly id: string;
  readonly thing: Promise<unknown>;
  readonly close: () => Promise<void>;
}

const neverOpened = (): void => {};

/** A context for running one action in a test, with the real clock and files; `overrides` replaces any part of it. */
export const actionContext = (overrides: Partial<ActionContext> = {}): TestActionContext => {
  const secrets: string[] = [];
  const logged: string[] = [];
  const open = new Map<string, Opened>();
  const positions = new Map<string, Promise<Value>>();
  const release = async (kind: string, key: string): Promise<boolean> => {
    const found = open.get(`${kind} ${key}`);
    open.delete(`${kind} ${key}`);
    await found?.close();
    return found !== undefined;
  };
  const use: ActionContext['use'] = ({ kind, key }, create, close) => {
    const id = `${kind} ${key}`;
    const known = open.get(id);
    if (known) return known.thing as ReturnType<typeof create>;
    const thing = create();
    open.set(id, { id, thing, close: () => thing.then(close, neverOpened) });
    thing.catch(() => open.delete(id));
    return thing;
  };
  return {
    runId: '019aa000-0000-7000-8000-000000000001',
    flowName: 'test flow',
    stepPath: 'step',
    attempt: 1,
    runStartedAt: systemClock.now(),
    signal: new AbortController().signal,
    clock: systemClock,
    random: seededRandom('test'),
    expectations: nothingExpected,
    traceparent: '00-019aa000000070008000000000000001-00000000000000a1-01',
    routingHeaders: {},
    log: (message) => void logged.push(message),
    secret: (text) => void secrets.push(text),
    readFile: async (path) => new Uint8Array(await readFile(path)),
    use,
    release,
    positions: async <T extends Value>(resource: string, take: () => Promise<T>) => {
      const taken = positions.get(resource) ?? take();
      positions.set(resource, taken);
      return taken as Promise<T>;
    },
    ...overrides,
    secrets,
    logged,
    opened: () => [...open.keys()],
    close: async () => {
      for (const { close } of [...open.values()].reverse()) await close();
      open.clear();
    },
  };
};
