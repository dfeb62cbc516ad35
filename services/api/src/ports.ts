// What the API needs of the world. Rows come from adapters, runs from the journal; a spec gives memory versions.
import type { RecordedEvent, RunStatus, RunTrigger, Verdict } from '@testmesh/domain';
import type { RunRow } from '@testmesh/views';
import type { Permission } from './access/permissions.ts';
import type { Person } from './http/route.ts';

/** The workspace of an installation that never made another one. */
export const DEFAULT_WORKSPACE = '00000000-0000-0000-0000-000000000001';

/** An API key as it is kept: never its text. */
export interface StoredKey {
  readonly keyId: string;
  readonly workspace: string;
  /** sha256 of the whole key's text, hex. */
  readonly hash: string;
  readonly permissions: readonly Permission[];
  /** Milliseconds since 1970. */
  readonly expiresAt?: number;
}

/** A session that was not closed; the API judges its times. */
export interface StoredSession {
  readonly id: string;
  readonly user: Person['user'];
  readonly memberships: Person['memberships'];
  /** Milliseconds since 1970. */
  readonly usedAt: number;
  readonly expiresAt: number;
}

export interface AccessStore {
  /** Keys that are not revoked and begin with these 12 characters (`tm_live_ab12`); the API compares their hashes. */
  readonly keysByPrefix: (prefix: string) => Promise<readonly StoredKey[]>;
  /** Remembers that a key was used; called at most once a minute and key, never awaited by a request. */
  readonly keyUsed: (keyId: string, atMs: number) => Promise<void>;
  readonly hasWorkspace: (workspace: string) => Promise<boolean>;
  /** What a browser's session (sha256 of its token, hex) stands for, as its person's memberships are now. */
  readonly sessionByHash: (hash: string) => Promise<StoredSession | undefined>;
  /** Remembers that a session was used; called at most once a minute and session. */
  readonly sessionUsed: (id: string, atMs: number) => Promise<void>;
}

export interface RunFilter {
  readonly flowId?: string;
  readonly status?: RunStatus;
  /** One of these. */
  readonly verdicts?: readonly Verdict[];
  readonly environment?: string;
  readonly tag?: string;
  readonly triggerKind?: RunTrigger['kind'];
  readonly errorCode?: string;
  /** Asked for at or after, and before: microseconds since 1970. */
  readonly since?: number;
  readonly until?: number;
  /** Words sought in flow name, file, error and step names. */
  readonly text?: string;
}

export interface RunPageRequest {
  readonly limit: number;
  readonly offset?: number;
  /** Only runs after this one, in the order of the list. */
  readonly after?: string;
}

export interface RunPage {
  /** Newest first: run ids sort by the time they were made. */
  readonly rows: readonly RunRow[];
  /** How many match in all; where it is not exact, at least so many. */
  readonly total: number;
  readonly isTotalExact: boolean;
  /** True when there are more behind the last row. */
  readonly more: boolean;
}

/** Runs as the projector left them; a list may lag a moment behind the journal. */
export interface RunViews {
  readonly list: (workspace: string, filter: RunFilter, page: RunPageRequest) => Promise<RunPage>;
  /** Rows of some runs, by run id; a run that is not projected yet is absent. */
  readonly byRunIds: (workspace: string, runIds: readonly string[]) => Promise<ReadonlyMap<string, RunRow>>;
  /** The canonical bytes of a finished run's view; undefined until it is projected. */
  readonly stored: (workspace: string, runId: string) => Promise<{ readonly bytes: Uint8Array } | undefined>;
  /** The same as the JSON that it is; rejects where somebody put something else there. */
  readonly storedJson: (workspace: string, runId: string) => Promise<Buffer | undefined>;
  /** The steps of a finished run as its page lists them, JSON; undefined where the views do not know it. */
  readonly outline: (workspace: string, runId: string) => Promise<string | undefined>;
  /** The sha256 of a view that was let go of with its day. */
  readonly retired?: (workspace: string, runId: string) => Promise<string | undefined>;
}

/** Tells listeners that a run went on. Losing a call costs latency only: whoever listens reads the journal by version. */
export interface LiveFeed {
  /** `events` may be empty: something happened, look for yourself. */
  readonly subscribe: (runId: string, listener: (events: readonly RecordedEvent[]) => void) => () => void;
}

/** The state of what the API cannot work without. */
export interface Health {
  /** Rejects when the database does not answer. */
  readonly database: () => Promise<void>;
}
