import type { ValueMap } from '@testmesh/domain';
import type { ActionCatalogue } from '@testmesh/flow';
import type { BlobStore, Clock, Journal } from '@testmesh/ports';
import type {
  ApiKeyStore,
  EnvironmentStore,
  FlowStore,
  MemberStore,
  PostgresRunViews,
  ScheduleRunStore,
  ScheduleStore,
  SuiteRunStore,
  SuiteStore,
  WorkspaceStore,
} from '@testmesh/store-postgres';
import type { IdempotencyKeys } from '../ports.ts';
import type { Origin } from '../runs/request-run.ts';

/** A stored flow that is to be run. */
interface StoredRun {
  readonly flowId: string;
  readonly environment: string | null;
  readonly variables: ValueMap;
}

/** What the routes of configuration need. */
export interface ConfigurationDeps {
  readonly workspaces: WorkspaceStore;
  readonly members: MemberStore;
  readonly apiKeys: ApiKeyStore;
  readonly flows: FlowStore;
  readonly environments: EnvironmentStore;
  readonly suites: SuiteStore;
  readonly suiteRuns: SuiteRunStore;
  readonly schedules: ScheduleStore;
  readonly scheduleRuns: ScheduleRunStore;
  readonly runViews: Pick<PostgresRunViews, 'byRunIds'>;
  readonly journal: Pick<Journal, 'read'>;
  readonly blobs: BlobStore;
  readonly idempotency: IdempotencyKeys;
  readonly clock: Clock;
  readonly catalogue: ActionCatalogue;
  /** Checks and queues a run; refuses it with a Problem. */
  readonly run: (run: StoredRun, origin: Origin) => Promise<{ readonly runId: string }>;
}
