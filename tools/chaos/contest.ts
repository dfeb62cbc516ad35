import { randomUUID } from 'node:crypto';
import type { Storage } from '@testmesh/service-kit';
import type { Cluster, Member } from '../cluster/vocabulary.ts';
import { ask, type Client, versionsOf } from './api.ts';
import { storedFlow } from './flows.ts';

// C8 under load: two workspaces ask for as many runs at the same moment, one of them for all of its runs first, in a pool
// whose only executor has fewer slots than there are runs.

export interface ContestResult {
  readonly workspaces: readonly string[];
  readonly runIds: ReadonlySet<string>;
}

export interface ContestParts {
  readonly cluster: Cluster;
  readonly client: Client;
  readonly storage: Pick<Storage, 'apiKeys' | 'workspaces'>;
  readonly witness: string;
  readonly runs: number;
}

const POOL = 'contest';
const SLOTS = '4';

export const holdContest = async (parts: ContestParts): Promise<ContestResult> => {
  const rivals = [await rival(parts, 'left'), await rival(parts, 'right')];
  const runIds: string[] = [];
  for (const { client } of rivals) {
    for (let nth = 0; nth < parts.runs; nth++) {
      const body = { definition: storedFlow('contest', 150), pool: POOL, variables: { WITNESS: parts.witness } };
      runIds.push(String((await ask(client, '/executions', { body, idempotencyKey: randomUUID() }))['id']));
    }
  }
  // Only now is there somebody to take them: neither has a head start.
  const executor: Member = await parts.cluster.start('executor', { TESTMESH_POOLS: POOL, TESTMESH_SLOTS: SLOTS });
  await Promise.all(
    rivals.map(({ client }, at) => allEnd(client, runIds.slice(at * parts.runs, (at + 1) * parts.runs))),
  );
  await executor.kill('SIGTERM');
  return { workspaces: rivals.map(({ workspace }) => workspace), runIds: new Set(runIds) };
};

const rival = async ({ client, storage }: ContestParts, name: string) => {
  const slug = `${name}-${randomUUID().slice(0, 8)}`;
  const content = { name: slug, slug, description: '', type: 'team', settings: {} } as const;
  const made = await storage.workspaces.create(content, 'chaos');
  if (!made.ok) throw new Error(`no workspace ${name}: ${made.refusal}`);
  const workspace = made.value.id;
  const key = await storage.apiKeys.create(
    { workspace, actor: 'chaos' },
    { name: 'contest', permissions: ['flows:run', 'flows:create', 'runs:view'] },
  );
  if (!key.ok) throw new Error(`no key for ${name}: ${key.refusal}`);
  return { workspace, client: { ...client, key: key.value.text } };
};

const allEnd = async (client: Client, runIds: readonly string[]): Promise<void> => {
  for (const runId of runIds) await versionsOf(client, runId);
};
