import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { catalogue } from '@testmesh/catalogue';
import type { NamedEnvironment, StoredFlow } from '@testmesh/commands';
import { systemClock } from '@testmesh/runtime';
import {
  type MemoryJournal,
  type MemoryQueue,
  memoryBlobs,
  memoryJournal,
  memoryQueue,
  memorySecrets,
} from '@testmesh/testing';
import { type ApiDeps, allRoutes, createApi } from '../create-api.ts';
import { type OpenApi, openApi } from '../http/openapi.ts';
import { type Ask, asking } from './answers.ts';
import {
  type MemoryAccess,
  type MemoryLive,
  memoryAccess,
  memoryAnalytics,
  memoryChains,
  memoryIdempotency,
  memoryLive,
  memoryReads,
  memoryRuns,
} from './memory-ports.ts';

export interface TestApi {
  readonly app: NestFastifyApplication;
  readonly ask: Ask;
  readonly deps: ApiDeps;
  readonly document: OpenApi;
  readonly journal: MemoryJournal;
  readonly queue: MemoryQueue;
  readonly access: MemoryAccess;
  readonly live: MemoryLive;
  readonly failures: readonly Error[];
  /** `flow-id` or `workspace/name` → what is kept under it. */
  readonly flows: Map<string, StoredFlow>;
  readonly environments: Map<string, NamedEnvironment>;
}

/** The whole API over memory. */
export const startApi = async (more: Partial<ApiDeps> = {}): Promise<TestApi> => {
  const journal = memoryJournal();
  const queue = memoryQueue({ journal, clock: systemClock });
  const access = memoryAccess();
  const live = memoryLive();
  const failures: Error[] = [];
  const flows = new Map<string, StoredFlow>();
  const environments = new Map<string, NamedEnvironment>();
  const deps: ApiDeps = {
    journal,
    queue,
    blobs: memoryBlobs(),
    secrets: memorySecrets(journal),
    runs: memoryRuns(journal),
    reads: memoryReads(journal),
    analytics: memoryAnalytics,
    flows: { byId: async (workspace, id) => flows.get(`${workspace}/${id}`) },
    environments: { find: async (workspace, name) => environments.get(`${workspace}/${name}`) },
    idempotency: memoryIdempotency(),
    live,
    chains: memoryChains(journal),
    servedPools: { isServed: async () => true },
    clock: systemClock,
    catalogue,
    access,
    health: { database: async () => undefined },
    auth: 'keys',
    version: '0.0.0-test',
    onFailure: (error) => failures.push(error),
    ...more,
  };
  const document = openApi(allRoutes(deps), deps.version);
  const app = await createApi(deps);
  const ask = asking(app, document);
  return { app, ask, deps, document, journal, queue, access, live, failures, flows, environments };
};
