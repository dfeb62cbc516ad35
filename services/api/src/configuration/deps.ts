import type { Fire, IdempotencyKeys, SuiteDeps } from '@testmesh/commands';
import type { ActionCatalogue } from '@testmesh/flow';
import type { BundleStore, Clock, Journal, JournalChains, ServedPools } from '@testmesh/ports';
import type {
  ApiKeyStore,
  ChannelStore,
  DatasetRunStore,
  DatasetStore,
  EnvironmentStore,
  FiringStore,
  FlowStore,
  GitDeliveryStore,
  GitTriggerRuleStore,
  MemberStore,
  NotificationStore,
  PostgresOutbox,
  RetentionStore,
  ScheduleRunStore,
  ScheduleStore,
  SuiteStore,
  WorkspaceStore,
} from '@testmesh/store-postgres';
import type { PeopleDeps } from '../people/deps.ts';
import type { TestEnvironmentDeps } from '../test-environments/test-environment-routes.ts';

/** What the routes of configuration need. */
export interface ConfigurationDeps extends SuiteDeps, PeopleDeps, TestEnvironmentDeps {
  readonly workspaces: WorkspaceStore;
  readonly members: MemberStore;
  readonly apiKeys: ApiKeyStore;
  readonly flows: FlowStore;
  readonly environments: EnvironmentStore;
  readonly suites: SuiteStore;
  readonly schedules: ScheduleStore;
  readonly scheduleRuns: ScheduleRunStore;
  readonly firings: Pick<FiringStore, 'changeNow'>;
  /** Asks for what a schedule names. */
  readonly fire: Fire;
  readonly datasets: DatasetStore;
  readonly datasetRuns: DatasetRunStore;
  readonly channels: ChannelStore;
  readonly gitTriggerRules: GitTriggerRuleStore;
  readonly gitDeliveries: GitDeliveryStore;
  readonly retention: Pick<RetentionStore, 'of' | 'change'>;
  readonly notifications: NotificationStore;
  readonly outbox: Pick<PostgresOutbox, 'list' | 'revive'>;
  readonly journal: Pick<Journal, 'read'>;
  readonly chains: JournalChains;
  readonly servedPools: ServedPools;
  readonly blobs: BundleStore;
  readonly idempotency: IdempotencyKeys;
  readonly clock: Clock;
  readonly catalogue: ActionCatalogue;
}
