export {
  type IdempotencyClaim,
  type KnownKey,
  type PostgresAccess,
  type PostgresIdempotency,
  postgresAccess,
  postgresIdempotency,
} from './access.ts';
export { type ApiKey, type ApiKeyStore, type NewApiKey, postgresApiKeys } from './api-keys.ts';
export {
  type AuditAppend,
  type AuditEvent,
  AuditedStore,
  type Caller,
} from './audited-store.ts';
export type { Changed, ConfigRefusal } from './changed.ts';
export { type DueSchedule, type DueSchedules, postgresDueSchedules } from './due-schedules.ts';
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
  type FlowContent,
  type FlowEdit,
  type FlowQuery,
  type FlowStore,
  type FlowVersion,
  postgresFlows,
  type StoredFlow,
} from './flows.ts';
export { type AppendWithin, configStream, journalAudit } from './journal-audit.ts';
export { type Member, type MemberStore, type NewMember, postgresMembers, type Role } from './members.ts';
export { migrateStore } from './migrate.ts';
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
  type NewScheduleRun,
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
export { aesSealer, type MasterKeys, type Sealer } from './sealing.ts';
export {
  type NewSuiteRun,
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
export { type PostgresViews, postgresViews } from './views.ts';
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
