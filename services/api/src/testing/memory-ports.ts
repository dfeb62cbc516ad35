import type { IdempotencyClaim, IdempotencyKeys } from '@testmesh/commands';
import { type RecordedEvent, stringifyJson, type Value } from '@testmesh/domain';
import type { JournalChains } from '@testmesh/ports';
import type { AnalyticsStore } from '@testmesh/store-postgres';
import type { MemoryJournal } from '@testmesh/testing';
import { foldRunRow, type RunRow } from '@testmesh/views';
import { newApiKey } from '../access/api-key.ts';
import { PERMISSIONS, type Permission } from '../access/permissions.ts';
import { newSessionToken, sessionHash } from '../access/session-token.ts';
import type { BatchReads } from '../graphql/batch-reads.ts';
import {
  type AccessStore,
  DEFAULT_WORKSPACE,
  type LiveFeed,
  type RunFilter,
  type RunViews,
  type StoredKey,
  type StoredSession,
} from '../ports.ts';

// The ports of the API in memory: what specs run against.

export interface MemoryAccess extends AccessStore {
  /** Makes a key for a workspace and answers its text. */
  readonly addKey: (workspace: string, more?: { permissions?: readonly Permission[]; expiresAt?: number }) => string;
  /** Opens a session and answers its token. */
  readonly addSession: (session: StoredSession) => string;
  /** When each key was used last. */
  readonly used: ReadonlyMap<string, number>;
}

export const memoryAccess = (...workspaces: readonly string[]): MemoryAccess => {
  const known = new Set([DEFAULT_WORKSPACE, ...workspaces]);
  const keys: (StoredKey & { readonly prefix: string })[] = [];
  const used = new Map<string, number>();
  const sessions = new Map<string, StoredSession>();
  return {
    used,
    addKey: (workspace, { permissions = PERMISSIONS, ...more } = {}) => {
      const { text, prefix, hash } = newApiKey();
      keys.push({ keyId: `k${keys.length + 1}`, workspace, hash, prefix, permissions, ...more });
      known.add(workspace);
      return text;
    },
    keysByPrefix: async (prefix) => keys.filter((key) => key.prefix === prefix),
    keyUsed: async (keyId, at) => {
      used.set(keyId, at);
    },
    addSession: (session) => {
      const token = newSessionToken();
      sessions.set(sessionHash(token), session);
      return token;
    },
    sessionByHash: async (hash) => sessions.get(hash),
    sessionUsed: async (id, at) => {
      used.set(id, at);
    },
    hasWorkspace: async (workspace) => known.has(workspace),
  };
};

/** What leads from one thing to another, of runs alone: memory keeps no configuration. */
export const memoryReads = (journal: MemoryJournal): BatchReads => {
  const none = async () => new Map<string, never>();
  const ownOf = (workspace: string, ids: readonly string[]) =>
    ids.flatMap((id) => {
      const events = journal.eventsOf(`run-${id}`);
      return events[0]?.workspace === workspace ? [[id, events] as const] : [];
    });
  const histories: BatchReads['histories'] = async (workspace, ids, { after, limit }) =>
    new Map(ownOf(workspace, ids).map(([id, events]) => [id, events.slice(after).slice(0, limit)]));
  return {
    histories,
    sizes: async (...asked) => {
      const known = [...(await histories(...asked))].map(
        ([id, events]) =>
          [id, { events: events.length, bytes: stringifyJson(events as unknown as Value).length }] as const,
      );
      return { known: new Map(known), archived: [] };
    },
    archived: async () => undefined,
    runs: async (workspace, ids) =>
      new Map(
        ownOf(workspace, ids).flatMap(([id, events]) => {
          const row = foldRunRow(events);
          return row === undefined ? [] : [[id, row]];
        }),
      ),
    flows: none,
    suites: none,
    runsOfFlows: none,
    runsOfSchedules: none,
    runsOfSuites: none,
  };
};

const NOTHING_RAN = {
  runs: 0,
  passed: 0,
  failed: 0,
  errors: 0,
  cancelled: 0,
  timedOut: 0,
  durationUs: 0,
  stepsPassed: 0,
  stepsFailed: 0,
};

/** Figures are sums of PostgreSQL: here nothing ever ran. */
export const memoryAnalytics: AnalyticsStore = {
  counts: async () => NOTHING_RAN,
  percentiles: async () => ({ p50: null, p95: null, p99: null }),
  flows: async () => [],
  trend: async () => [],
  outcomes: async () => [],
  steps: async () => [],
};

/** In memory nobody changes what was appended. */
export const memoryChains = (journal: MemoryJournal): Pick<JournalChains, 'verify'> => ({
  verify: async (workspace, stream) => {
    const events = journal.eventsOf(stream);
    return events[0]?.workspace === workspace ? { stream, events: events.length } : undefined;
  },
});

/** Lists runs straight from the journal. */
export const memoryRuns = (journal: MemoryJournal): RunViews => ({
  list: async (workspace, filter, { limit, offset = 0, after }) => {
    const streams = Map.groupBy(journal.accepted(), ({ stream }) => stream);
    const rows = [...streams.values()].flatMap((events) => foldRunRow(events) ?? []);
    const matching = rows
      .filter((row) => row.workspace === workspace && matches(row, filter))
      .sort((a, b) => (a.runId < b.runId ? 1 : -1));
    const rest = after === undefined ? matching.slice(offset) : matching.filter(({ runId }) => runId < after);
    return { rows: rest.slice(0, limit), total: matching.length, isTotalExact: true, more: rest.length > limit };
  },
  byRunIds: async (workspace, runIds) => {
    const rows = runIds.flatMap((runId) => foldRunRow(journal.eventsOf(`run-${runId}`)) ?? []);
    return new Map(rows.filter((row) => row.workspace === workspace).map((row) => [row.runId, row]));
  },
  stored: async () => undefined,
  storedJson: async () => undefined,
  outline: async () => undefined,
});

const matches = (row: RunRow, { flowId, status, verdicts, environment, text }: RunFilter): boolean =>
  (flowId === undefined || row.flowId === flowId) &&
  (status === undefined || row.status === status) &&
  (verdicts === undefined || verdicts.some((verdict) => verdict === row.verdict)) &&
  (environment === undefined || row.environment === environment) &&
  (text === undefined || `${row.flowName} ${row.flowFile} ${row.reason ?? ''}`.includes(text));

export const memoryIdempotency = (): IdempotencyKeys => {
  const claims = new Map<string, IdempotencyClaim>();
  return {
    claim: async (claim) => {
      const id = `${claim.workspace}/${claim.key}`;
      const kept = claims.get(id) ?? claim;
      claims.set(id, kept);
      return kept;
    },
    release: async ({ workspace, key }) => {
      claims.delete(`${workspace}/${key}`);
    },
  };
};

export interface MemoryLive extends LiveFeed {
  readonly tell: (runId: string, events?: readonly RecordedEvent[]) => void;
  readonly listeners: () => number;
}

export const memoryLive = (): MemoryLive => {
  const listeners = new Set<{ readonly runId: string; readonly listen: (events: readonly RecordedEvent[]) => void }>();
  return {
    subscribe: (runId, listen) => {
      const entry = { runId, listen };
      listeners.add(entry);
      return () => listeners.delete(entry);
    },
    tell: (runId, events = []) => {
      for (const entry of listeners) if (entry.runId === runId) entry.listen(events);
    },
    listeners: () => listeners.size,
  };
};
