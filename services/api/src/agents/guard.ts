import type { RecordedEvent } from '@testmesh/domain';
import type { BlobStore, ClaimedRun, HeldRun, Journal, JournalBatch, RunHoldings } from '@testmesh/ports';
import type { AgentCaller } from '../http/route.ts';
import type { KnownSecrets } from './known-secrets.ts';

// What stands between an agent and the journal. The routes ask it before they do anything; a test of the protocol alone
// may stand another one there.

/** What an agent wants to append, as it came. */
export interface AskedBatch extends HeldRun {
  readonly expectedVer: number;
  readonly events: string;
}

/** A batch that may go to the journal, or why it may not. */
export type Admitted =
  | { readonly ok: true; readonly batch: JournalBatch }
  | { readonly ok: false; readonly outcome: 'fenced'; readonly epoch: number }
  | { readonly ok: false; readonly outcome: 'refused'; readonly reason: string };

export interface AgentGuard {
  readonly poolsOf: (agent: AgentCaller, wanted: readonly string[]) => readonly string[];
  /** Runs that this process holds; what it was never told of is among them. */
  readonly held: (agent: AgentCaller) => Promise<readonly ClaimedRun[]>;
  /** Of which workspace it may take runs; undefined for all. */
  readonly workspaceOf: (agent: AgentCaller) => string | undefined;
  /** False once the agent was revoked. */
  readonly isLive: (agent: AgentCaller) => Promise<boolean>;
  /** Rejects unless the process holds the run under this epoch. */
  readonly demandHeld: (agent: AgentCaller, run: HeldRun) => Promise<void>;
  /** Rejects unless the process holds the run, any run where none is named, and it asks for a test environment. */
  readonly demandAsking: (agent: AgentCaller, run?: HeldRun) => Promise<void>;
  /** Rejects unless the process was the last to be given the run, whether it has ended or not. */
  readonly demandLast: (agent: AgentCaller, run: HeldRun) => Promise<void>;
  readonly admit: (agent: AgentCaller, batches: readonly AskedBatch[]) => Promise<readonly Admitted[]>;
  /** Rejects when a kept text may not be kept under this name; learns from it what to mask. */
  readonly keeping: (run: HeldRun, name: string, value: string) => Promise<void>;
  /** Rejects a body that shows what the run keeps secret; remembers it as the run's. */
  readonly putting: (run: HeldRun, bytes: Uint8Array, hash: string) => Promise<void>;
  readonly mayGet: (agent: AgentCaller, hash: string) => Promise<boolean>;
  /** The run has ended, or is not the agent's any more. */
  readonly ended: (runId: string) => Promise<void>;
}

export interface GuardDeps {
  readonly holdings: RunHoldings;
  readonly journal: Pick<Journal, 'read'>;
  readonly blobs: Pick<BlobStore, 'get'>;
  readonly secrets: (runId: string, bundle: string | undefined) => Promise<KnownSecrets>;
  readonly isLive: (agentId: string) => Promise<boolean>;
}

export interface RunHistory {
  readonly events: readonly RecordedEvent[];
  readonly bundle: string | undefined;
}

export const historyOf = async ({ journal }: Pick<GuardDeps, 'journal'>, runId: string): Promise<RunHistory> => {
  const events: RecordedEvent[] = [];
  for await (const event of journal.read(`run-${runId}`)) events.push(event);
  const bundle = events.find(({ type }) => type === 'RunRequested')?.data['bundle'];
  return { events, bundle: typeof bundle === 'string' ? bundle : undefined };
};
