export {
  type IdempotencyClaim,
  type KnownKey,
  type PostgresAccess,
  type PostgresIdempotency,
  postgresAccess,
  postgresIdempotency,
} from './access.ts';
export {
  type AnalyticsStore,
  type FlowCounts,
  type FlowOutcomes,
  type Percentiles,
  type Period,
  postgresAnalytics,
  type RunCounts,
  type StepFigures,
  TREND_STEPS,
  type TrendPoint,
  type TrendStep,
} from './analytics.ts';
export { type ApiKey, type ApiKeyStore, type NewApiKey, postgresApiKeys } from './api-keys.ts';
export {
  type AuditAppend,
  type AuditEvent,
  AuditedStore,
  type Caller,
} from './audited-store.ts';
export type { Changed, ConfigRefusal } from './changed.ts';
export { type CoverageStore, type CoveringFlow, postgresCoverage } from './coverage.ts';
export type { RowKeeping } from './dataset-rows.ts';
export {
  type DatasetRun,
  type DatasetRunRow,
  type DatasetRunStore,
  postgresDatasetRuns,
} from './dataset-runs.ts';
export {
  type Dataset,
  type DatasetContent,
  type DatasetStore,
  type DatasetVersion,
  postgresDatasets,
} from './datasets.ts';
export type {
  EnvironmentContent,
  GivenVariable,
  OpenEnvironment,
  Routing,
  ShownVariable,
  StoredEnvironment,
} from './environment-content.ts';
export { environmentText } from './environment-text.ts';
export {
  type EnvironmentEdit,
  type EnvironmentQuery,
  type EnvironmentStore,
  postgresEnvironments,
} from './environments.ts';
export {
  endOfFiring,
  type FiringSettings,
  type FiringStore,
  type FiringToAsk,
  type HeldSchedule,
  postgresFirings,
  type ReplacedFiring,
  type ScheduleChange,
} from './firings.ts';
export {
  type FlowContent,
  type FlowEdit,
  type FlowQuery,
  type FlowStore,
  type FlowVersion,
  postgresFlows,
  type StoredFlow,
} from './flows.ts';
export { type GitDelivery, type GitDeliveryStore, postgresGitDeliveries } from './git-deliveries.ts';
export {
  type GitProvider,
  type GitTriggerRule,
  type GitTriggerRuleContent,
  type GitTriggerRuleStore,
  type ListeningRule,
  postgresGitTriggerRules,
} from './git-trigger-rules.ts';
export { type Invitation, type InvitationStore, postgresInvitations } from './invitations.ts';
export { type AppendWithin, journalAudit } from './journal-audit.ts';
export { journalSchedules } from './journal-schedules.ts';
export { type Member, type MemberStore, type NewMember, postgresMembers, type Role } from './members.ts';
export { migrateStore } from './migrate.ts';
export {
  type Channel,
  type ChannelContent,
  type ChannelSecrets,
  type ChannelStore,
  postgresChannels,
} from './notification-channels.ts';
export { type Notification, type NotificationStore, postgresNotifications } from './notifications.ts';
export { type PostgresOutbox, postgresOutbox, type ShownDelivery } from './outbox.ts';
export { postgresOutcomes } from './outcomes.ts';
export { queueLimits } from './queue-limits.ts';
export { reseal } from './reseal.ts';
export { postgresRetention, type RetentionStore } from './retention.ts';
export type { Listed, Page } from './rows.ts';
export {
  type PostgresRunViews,
  postgresRunViews,
  RUN_VIEWS,
  type RunViewFilter,
  type RunViewPage,
  type RunViewRow,
} from './run-views.ts';
export {
  postgresScheduleRuns,
  type ScheduleRun,
  type ScheduleRunStore,
  type ScheduleStats,
} from './schedule-runs.ts';
export {
  postgresSchedules,
  type Schedule,
  type ScheduleContent,
  type ScheduleEdit,
  type ScheduleQuery,
  type ScheduleStatus,
  type ScheduleStore,
} from './schedules.ts';
export { aesSealer, type MasterKeys, type Sealer, WrongMasterKey } from './sealing.ts';
export { postgresSiteAgentProcesses, type SiteAgentProcesses } from './site-agent-processes.ts';
export {
  type AgentSelf,
  type KnownAgentToken,
  postgresSiteAgents,
  type SiteAgent,
  type SiteAgentStore,
} from './site-agents.ts';
export {
  type NewSuiteRun,
  partKey,
  postgresSuiteRuns,
  type SuiteRun,
  type SuiteRunMember,
  type SuiteRunStore,
} from './suite-runs.ts';
export {
  postgresSuites,
  type Suite,
  type SuiteContent,
  type SuiteEdit,
  type SuitePart,
  type SuiteQuery,
  type SuiteStore,
} from './suites.ts';
export {
  type Membership,
  type NewSession,
  type OpenSession,
  postgresUsers,
  type User,
  type UserStore,
} from './users.ts';
export { postgresViewSets } from './view-sets.ts';
export { type PostgresViews, postgresViews } from './views.ts';
export {
  type OutboundRules,
  postgresWorkspaceRules,
  type Ruled,
  type RuleKind,
  type WorkspaceLimits,
  type WorkspaceRuleStore,
} from './workspace-rules.ts';
export {
  DEFAULT_WORKSPACE,
  type Founder,
  postgresWorkspaces,
  type Workspace,
  type WorkspaceChange,
  type WorkspaceContent,
  type WorkspaceQuery,
  type WorkspaceStore,
} from './workspaces.ts';
