import { localWakeups } from '@testmesh/bus-local';
import type { KnownActions } from '@testmesh/catalogue';
import { bundleSource, createExecutor, type Executor } from '@testmesh/executor';
import {
  type AgentSession,
  RemoteBlobs,
  RemoteEnvironments,
  RemoteRuns,
  type Transport,
  Unreachable,
} from '@testmesh/journal-remote';
import { schemaCheck } from '@testmesh/json-schema-ajv';
import { operatorRules, outboundPolicy } from '@testmesh/outbound';
import { type OnFault, queueTopic, type RunSource } from '@testmesh/runtime';
import type { EndedRuns } from './figures.ts';
import type { Settings } from './settings.ts';

// The executor of the services, over ports that speak to a server: the one file where an agent is put together.

export interface AgentParts {
  readonly settings: Settings;
  readonly transport: Transport;
  readonly actions: KnownActions;
  readonly session: Pick<AgentSession, 'executor' | 'environments'>;
  readonly ended: EndedRuns;
  readonly surroundings: Readonly<Record<string, string | undefined>>;
  readonly log: (message: string, fields?: Readonly<Record<string, unknown>>) => void;
  readonly onFault: OnFault;
  readonly onNotAdmitted: (error: Error) => void;
  readonly onRefused: (runId: string, reason: string) => void;
}

/** An agent that has not begun yet. */
export const createAgent = ({
  settings,
  transport,
  actions,
  session,
  surroundings,
  ended,
  ...told
}: AgentParts): Executor => {
  const wakeups = localWakeups();
  const runs = new RemoteRuns({
    transport,
    // The server has looked for long enough: the next claim need not wait.
    onEmpty: () => {
      for (const pool of settings.pools) wakeups.wake(queueTopic(pool));
    },
    onNotAdmitted: told.onNotAdmitted,
    onRefused: told.onRefused,
  });
  const blobs = new RemoteBlobs(runs);
  const rules = operatorRules(surroundings, 'server');
  const inner = bundleSource({
    executor: session.executor,
    blobs: blobs.of(''),
    secrets: runs,
    catalogue: actions.catalogue,
    schemaCheck,
    outbound: async () => outboundPolicy(rules, runs.outbound),
  });
  const source: RunSource = {
    load: async (runId, history) => {
      const loaded = await inner.load(runId, history);
      return { ...loaded, files: { ...loaded.files, blobs: blobs.of(runId) } };
    },
  };
  const { pools, slots, leaseMs } = settings;
  const executor = createExecutor({
    ...{ name: session.executor, pools, slots, leaseMs, wakeups, source },
    journal: ended.counting(runs),
    queue: runs,
    blobs: blobs.of(''),
    secrets: runs,
    ...(session.environments && { environments: new RemoteEnvironments(runs) }),
    action: actions.action,
    isPassing: (error) => error instanceof Unreachable,
    log: told.log,
    onFault: told.onFault,
  });
  return {
    start: executor.start,
    busy: executor.busy,
    drain: (graceMs) => {
      runs.drain();
      return executor.drain(graceMs);
    },
  };
};
