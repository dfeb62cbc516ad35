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
import type { AgentSelf } from '@testmesh/store-postgres';
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
  readonly seen: (agentId: string, self: AgentSelf) => Promise<void>;
}

/** Several agents may share an address, and each asks up to fifty times a second. */
const REQUESTS_PER_MINUTE = 12_000;

/** A route of the protocol. */
export const protocolRoute = <P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  route: Omit<AgentRoute<P, Q, B>, 'tags' | 'requestsPerMinute'>,
): Route =>
  agentRoute<P, Q, B>({
    tags: ['Agent protocol'],
    requestsPerMinute: REQUESTS_PER_MINUTE,
    headers: [{ name: 'Testmesh-Instance', description: 'names the process of the agent; a new one for every start' }],
    ...route,
  } as AgentRoute<P, Q, B>);

export const heldRun = ({ run_id, epoch }: { readonly run_id: string; readonly epoch: number }): HeldRun => ({
  runId: run_id,
  epoch,
});
