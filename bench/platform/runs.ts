import { createHash } from 'node:crypto';
import { canonicalJson, dataOf, type RunEvent, runEventVersion, stringifyJson, type Value } from '@testmesh/domain';
import { eventId, newRunId } from '@testmesh/runtime';
import type { Database } from './world.ts';

export interface Asked {
  readonly text: string;
  readonly runs: number;
  readonly pool?: string;
  /** One after the other in turn. */
  readonly workspaces?: readonly string[];
}

export const WORKSPACE = '00000000-0000-0000-0000-000000000001';

/** Queues runs of one flow at once, as the API would one by one; their ids in order. */
export const queueRuns = async (
  { storage }: Pick<Database, 'storage'>,
  { text, runs, pool = 'default', workspaces = [WORKSPACE] }: Asked,
): Promise<readonly string[]> => {
  const file = await storage.blobs.put(Buffer.from(text));
  const bundle = await storage.blobs.put(
    Buffer.from(canonicalJson({ entry: 'flow.yaml', files: { 'flow.yaml': file } })),
  );
  const ids = Array.from({ length: runs }, () => newRunId());
  for (let from = 0; from < runs; from += 500) {
    const some = ids.slice(from, from + 500);
    await Promise.all(some.map((runId) => storage.runSecrets.keep(runId, 'inputs', inputsOf(runId))));
  }
  const queued = ids.map((runId, at) => {
    const workspace = workspaces[at % workspaces.length] ?? WORKSPACE;
    const event = requestedEvent(runId, workspace, { text, bundle, pool });
    return { runId, workspace, pool, priority: 0, exclusive: [], event };
  });
  await storage.queue.request(queued);
  return ids;
};

const inputsOf = (seed: string): string =>
  stringifyJson({
    variables: {},
    envFileVariables: {},
    flowEnvFileVariables: {},
    osVariables: {},
    secretNames: [],
    seed,
  } satisfies Value);

const requestedEvent = (
  runId: string,
  workspace: string,
  given: { readonly text: string; readonly bundle: string; readonly pool: string },
) => {
  const hash = createHash('sha256').update(given.text).digest('hex');
  const event: RunEvent = {
    type: 'RunRequested',
    flow: { name: 'bench', file: 'flow.yaml', hash },
    variables: {},
    tags: [],
    bundle: given.bundle,
    trigger: { kind: 'api' },
    pool: given.pool,
    restartable: false,
  };
  const stream = `run-${runId}`;
  return {
    id: eventId(stream, 0, 1),
    stream,
    type: event.type,
    sv: runEventVersion(event.type),
    workspace,
    epoch: 0,
    actor: 'bench',
    time: Date.now() * 1000,
    data: dataOf(event),
  };
};

/** Resolves when no run waits or goes on any more. */
export const untilIdle = async ({ pool }: Pick<Database, 'pool'>, everyMs = 50): Promise<void> => {
  while (true) {
    const { rows } = await pool.query<{ left: number }>('select count(*)::int as left from journal.run_queue');
    if (rows[0]?.left === 0) return;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
};
