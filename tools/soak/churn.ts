import type { Entering } from '@testmesh/engine';
import type { TestEnvironments } from '@testmesh/ports';
import { newRunId, type RunEnvironments } from '@testmesh/runtime';
import type { Playground } from './playground.ts';

// Runs that come and go over a number of contexts, as many people and schedules make them.

export interface Churn {
  readonly workspace: string;
  /** Of every namespace. */
  readonly prefix: string;
  readonly contexts: number;
  readonly environments: TestEnvironments;
  readonly runs: RunEnvironments;
  readonly playground: Playground;
  readonly random: () => number;
}

export interface Seen {
  /** Milliseconds until a warm environment was had. */
  readonly reused: number[];
  /** Milliseconds until one was had that had to be made or waited for. */
  readonly waited: number[];
  readonly outcomes: Map<string, number>;
  /** Runs by the environment they hold: two at once would be a fault. */
  readonly holders: Map<string, string>;
  readonly faults: string[];
}

export const nothingSeen = (): Seen => ({
  ...{ reused: [], waited: [], outcomes: new Map(), holders: new Map(), faults: [] },
});

const WORK_MS = 400;
const DIES = 0.04;
const DESTROYED = 0.03;
const REMOVED = 0.01;

/** One run, from asking to giving back, or to its death. */
export const oneRun = async (churn: Churn, seen: Seen, signal: AbortSignal): Promise<void> => {
  const { random, runs, workspace } = churn;
  const context = `churn-${Math.floor(random() * churn.contexts)}`;
  const run = newRunId();
  const environment = runs({ runId: run, workspace });
  const namespace = `${churn.prefix}-${context}`;
  const wanted = {
    context,
    namespace,
    provider: 'soak',
    settings: churn.playground.settings,
    ttl_minutes: 1,
    ready_within_minutes: 2,
    wait_minutes: 3,
  };
  const entering = await environment
    .enter({ wanted, had: undefined, signal, onWait: () => undefined })
    .catch(() => undefined);
  count(seen, entering?.outcome === 'refused' ? entering.error.code : (entering?.outcome ?? 'called off'));
  if (entering?.outcome !== 'entered') return environment.abandon();
  await use(churn, seen, { run, entering, environment });
};

interface Held {
  readonly run: string;
  readonly entering: Extract<Entering, { readonly outcome: 'entered' }>;
  readonly environment: ReturnType<RunEnvironments>;
}

const use = async ({ random, environments, playground }: Churn, seen: Seen, held: Held): Promise<void> => {
  const { id, reused, waitedMs, namespace, lost } = held.entering.environment;
  (reused ? seen.reused : seen.waited).push(waitedMs);
  const other = seen.holders.get(id);
  if (other !== undefined) seen.faults.push(`${id} was given to ${held.run} while ${other} had it`);
  seen.holders.set(id, held.run);
  await new Promise((resolve) => setTimeout(resolve, random() * WORK_MS));
  const chance = random();
  seen.holders.delete(id);
  if (chance < DIES) {
    count(seen, 'died');
    return held.environment.abandon();
  }
  if (chance < DIES + DESTROYED) {
    count(seen, 'destroyed under it');
    await environments.request(id, { type: 'RequestDestroy', by: 'soak', reason: 'churn', force: true });
  } else if (chance < DIES + DESTROYED + REMOVED) {
    count(seen, 'namespace removed by hand');
    await playground.removeByHand(namespace);
  }
  if (lost.aborted) count(seen, 'told of the loss');
  await held.environment.release('the run has ended');
};

const count = ({ outcomes }: Seen, what: string): void => void outcomes.set(what, (outcomes.get(what) ?? 0) + 1);
