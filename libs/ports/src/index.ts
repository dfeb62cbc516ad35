export type { Bus, Subscription, Wakeups } from './bus.ts';
export type { ChainPlace, ChainVerdict, JournalChains } from './chains.ts';
export type { Clock, Random } from './clock.ts';
export type { EndedRun, EndedRuns } from './ended-runs.ts';
export {
  FEED_START,
  type FeedCursor,
  type FeedPage,
  type FeedReader,
  type JournalFeed,
  type MessageFeed,
} from './feed.ts';
export type { JournalFigures, PoolFigures, SiteAgentFigures, SiteAgentProcess } from './figures.ts';
export type { EnvironmentTarget, GitOpsProvider, Observation, Teardown } from './gitops-provider.ts';
export type { AppendResult, BlobStore, BundleStore, Journal, JournalBatch } from './journal.ts';
export type {
  Delivery,
  Destination,
  Message,
  NotificationEvent,
  Outbox,
  OutcomeStore,
  Send,
  SendOutcome,
  SetAside,
} from './notifications.ts';
export type { OutboundPolicy, OutboundRefusal, OutboundTarget } from './outbound.ts';
export type {
  CancelOutcome,
  ClaimedRun,
  ClaimRequest,
  HeldRun,
  HoldingsQuery,
  LeaseReply,
  QueuedRun,
  ReapedRun,
  ReapPolicy,
  RunHoldings,
  RunQueue,
  ServedPools,
} from './queue.ts';
export type { RunRecorder } from './recorder.ts';
export type { KeptDay, Retention } from './retention.ts';
export type { RunSecrets } from './run-secrets.ts';
export type {
  AcquireOutcome,
  AcquireRequest,
  Commanded,
  EnvironmentLease,
  EnvironmentRequest,
  EnvironmentWork,
  NameTaken,
  NewTestEnvironment,
  Registration,
  StoredTestEnvironment,
  TestEnvironmentQuery,
  TestEnvironments,
} from './test-environments.ts';
export type { ShowResult, ViewRebuild, ViewSets } from './view-sets.ts';
export { NotStorable, type ViewChange, type ViewStore, type ViewTarget } from './view-store.ts';
