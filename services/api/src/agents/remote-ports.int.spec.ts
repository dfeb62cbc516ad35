import { afterAll, beforeAll, jest } from '@jest/globals';
import { type Envelope, parseJson } from '@testmesh/domain';
import { RemoteBlobs, RemoteEnvironments, RemoteRuns, Transport, wayOut } from '@testmesh/journal-remote';
import type { AcquireRequest, RunQueue } from '@testmesh/ports';
import { seededRandom, systemClock } from '@testmesh/runtime';
import { memoryBlobs, memoryJournal, memoryQueueWorld, memorySecrets, memoryTestEnvironments } from '@testmesh/testing';
import {
  blobContract,
  environmentLeasesContract,
  journalContract,
  type QueueWorld,
  queueContract,
  queueHistoryContract,
  secretsContract,
  type TestEnvironmentWorld,
} from '@testmesh/testing/contracts';
import { startApi, type TestApi } from '../testing/api.fixture.ts';
import { protocolRoutes } from './agent-routes.ts';
import type { AgentGuard } from './guard.ts';
import type { ProtocolDeps } from './protocol-deps.ts';

// The ports of an executor, asked over HTTP with nobody between who looks at what is asked: the way there and back alone.

jest.setTimeout(120_000);

const trusting: AgentGuard = {
  poolsOf: (_agent, wanted) => wanted,
  held: async () => [],
  workspaceOf: () => undefined,
  isLive: async () => true,
  demandHeld: async () => undefined,
  demandAsking: async () => undefined,
  demandLast: async () => undefined,
  admit: async (_agent, batches) =>
    batches.map(({ runId, expectedVer, epoch, events }) => ({
      ok: true,
      batch: { stream: `run-${runId}`, expectedVer, epoch, events: parseJson(events) as unknown as Envelope[] },
    })),
  keeping: async () => undefined,
  putting: async () => undefined,
  mayGet: async () => true,
  ended: async () => undefined,
};

const newPorts = () => {
  const world = memoryQueueWorld();
  const journal = memoryJournal();
  const time = { now: 0 };
  const environments = memoryTestEnvironments(journal, { now: () => time.now });
  return { world, journal, secrets: memorySecrets(journal), blobs: memoryBlobs(), environments, time };
};

let ports = newPorts();
let api: TestApi;
let url: string;
const dispatcher = wayOut({});

const deps: ProtocolDeps = {
  guard: trusting,
  queue: {
    claim: (request) => ports.world.queue.claim(request),
    heartbeat: (...asked) => ports.world.queue.heartbeat(...asked),
    release: (...asked) => ports.world.queue.release(...asked),
  },
  journal: {
    appendMany: (batches) => ports.journal.appendMany(batches),
    read: (...asked) => ports.journal.read(...asked),
  },
  secrets: {
    keep: (...asked) => ports.secrets.keep(...asked),
    of: (runId) => ports.secrets.of(runId),
  },
  blobs: { put: (bytes) => ports.blobs.put(bytes), get: (hash) => ports.blobs.get(hash) },
  environments: {
    acquire: (request) => ports.environments.acquire(request),
    leave: (run) => ports.environments.leave(run),
    extend: (...asked) => ports.environments.extend(...asked),
    release: (...asked) => ports.environments.release(...asked),
    find: (id) => ports.environments.find(id),
    list: (query) => ports.environments.list(query),
  },
  wakeups: { wake: () => undefined, onWake: () => () => undefined },
  clock: systemClock,
  outbound: async () => ({ allow: null, deny: [] }),
  seen: async () => undefined,
  tell: async () => undefined,
};

beforeAll(async () => {
  api = await startApi({
    routes: protocolRoutes(deps),
    agentOf: async (headers) => {
      const executor = Buffer.from(headers['testmesh-instance'] ?? '', 'base64url').toString();
      const workspace = executor.startsWith('of ') ? executor.slice(3) : 'acme';
      return { agentId: 'a', name: 'a', pools: [], workspace, executor };
    },
    requestsPerMinute: 1_000_000,
  });
  await api.app.listen(0, '127.0.0.1');
  url = await api.app.getUrl();
});
afterAll(async () => {
  await dispatcher.destroy();
  await api.app.close();
});

/** Contracts name executors as they like; a header does not. */
const remote = (executor = 'one'): RemoteRuns =>
  new RemoteRuns({
    transport: new Transport({
      instance: Buffer.from(executor).toString('base64url'),
      ...{ url, dispatcher, clock: systemClock, random: seededRandom('remote') },
      token: async () => 'any',
    }),
    waitMs: () => 0,
  });

const fresh = (): RemoteRuns => {
  ports = newPorts();
  return remote();
};

/** Over the memory queue, each executor with a way of its own. */
const queueWorld = (): QueueWorld => {
  ports = newPorts();
  const { world } = ports;
  const executors = new Map<string, RemoteRuns>();
  const of = (name: string): RemoteRuns => {
    const known = executors.get(name) ?? remote(name);
    executors.set(name, known);
    return known;
  };
  const queue: RunQueue = {
    request: (runs) => world.queue.request(runs),
    cancel: (...asked) => world.queue.cancel(...asked),
    reap: (policy) => world.queue.reap(policy),
    unpark: (...asked) => world.queue.unpark(...asked),
    claim: (request) => of(request.executor).claim(request),
    heartbeat: (executor, ...asked) => of(executor).heartbeat(executor, ...asked),
    release: (...asked) => of('one').release(...asked),
  };
  return { ...world, queue };
};

/** Over memory, each workspace with an agent of its own. */
const environmentWorld = (): TestEnvironmentWorld => {
  ports = newPorts();
  const { journal, environments: kept, time } = ports;
  const of = (workspace: string) => new RemoteEnvironments(remote(`of ${workspace}`));
  const { leave, extend, release, find, list } = of('acme');
  const acquire = (request: AcquireRequest) => of(request.workspace).acquire(request);
  const asked = new Map<string | symbol, unknown>(Object.entries({ acquire, leave, extend, release, find, list }));
  // What no run asks is done where it is kept.
  const get = (target: typeof kept, name: keyof typeof kept) => asked.get(name) ?? target[name].bind(target);
  return {
    journal,
    environments: new Proxy(kept, { get: (target, name) => get(target, name as keyof typeof kept) }),
    advance: (ms) => {
      time.now += ms;
    },
  };
};

journalContract('the remote journal', fresh);
secretsContract('remote secrets', fresh);
blobContract('remote bodies', () => new RemoteBlobs(fresh()).of('019aa000-0000-7000-8000-000000000001'));
queueContract('the remote queue', queueWorld);
queueHistoryContract('the remote queue', queueWorld, 10);
environmentLeasesContract('a remote keeper', environmentWorld, 5);
