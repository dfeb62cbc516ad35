import type {
  BlobStore,
  Clock,
  HeldRun,
  Journal,
  RunQueue,
  RunSecrets,
  TestEnvironments,
  Wakeups,
} from '@testmesh/ports';
import type { AgentSelf, SiteAgentProcesses } from '@testmesh/store-postgres';
import type * as z from 'zod';
import { type AgentRoute, agentRoute, type Route } from '../http/route.ts';
import type { AgentGuard } from './guard.ts';

/** What the routes for agents need. */
export interface ProtocolDeps {
  readonly guard: AgentGuard;
  readonly queue: Pick<RunQueue, 'claim' | 'heartbeat' | 'release'>;
  readonly journal: Pick<Journal, 'appendMany' | 'read'>;
  readonly secrets: RunSecrets;
  readonly blobs: BlobStore;
  readonly environments: Pick<TestEnvironments, 'acquire' | 'leave' | 'extend' | 'release' | 'find' | 'list'>;
  readonly wakeups: Wakeups;
  readonly clock: Clock;
  /** Where the runs of a workspace may connect to. */
  readonly outbound: (
    workspace: string,
  ) => Promise<{ readonly allow: readonly string[] | null; readonly deny: readonly string[] }>;
  readonly tell: SiteAgentProcesses['tell'];
  readonly seen: (agentId: string, self: AgentSelf) => Promise<void>;
}

/** Of one route: far more than an agent that waits for its answers comes to. */
const REQUESTS_PER_AGENT = 12_000;
/** Several agents may share an address. */
const REQUESTS_PER_MINUTE = 60_000;
/** Where no events, bodies or kept texts are sent. */
const MOST_BYTES = 1024 * 1024;

/** A route of the protocol. */
export const protocolRoute = <P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  route: Omit<AgentRoute<P, Q, B>, 'tags' | 'requestsPerMinute' | 'requestsPerAgent'>,
): Route =>
  agentRoute<P, Q, B>({
    tags: ['Agent protocol'],
    requestsPerMinute: REQUESTS_PER_MINUTE,
    requestsPerAgent: REQUESTS_PER_AGENT,
    mostBytes: MOST_BYTES,
    headers: [{ name: 'Testmesh-Instance', description: 'names the process of the agent; a new one for every start' }],
    ...route,
  } as AgentRoute<P, Q, B>);

export const heldRun = ({ run_id, epoch }: { readonly run_id: string; readonly epoch: number }): HeldRun => ({
  runId: run_id,
  epoch,
});
