import {
  alone,
  appendBatches,
  archivedDays,
  archivePartition,
  ensurePartitions,
  journalDays,
  migrateJournal,
  type PostgresJournalOptions,
  postgresBlobs,
  postgresChains,
  postgresEndedRuns,
  postgresFeed,
  postgresFigures,
  postgresHoldings,
  postgresJournal,
  postgresMessages,
  postgresQueue,
  postgresSecrets,
  postgresTestEnvironments,
  postgresTurns,
  shareRead,
  sweepBlobs,
  sweepSecrets,
  watchedQueue,
} from '@testmesh/journal-postgres';
import type { Clock, Retention } from '@testmesh/ports';
import {
  AuditedStore,
  aesSealer,
  type FiringSettings,
  journalAudit,
  journalSchedules,
  migrateStore,
  postgresAccess,
  postgresAnalytics,
  postgresApiKeys,
  postgresChannels,
  postgresCoverage,
  postgresDatasetRuns,
  postgresDatasets,
  postgresEnvironments,
  postgresFirings,
  postgresFlows,
  postgresGitDeliveries,
  postgresGitTriggerRules,
  postgresIdempotency,
  postgresInvitations,
  postgresMembers,
  postgresNotifications,
  postgresOutbox,
  postgresOutcomes,
  postgresRetention,
  postgresRunViews,
  postgresScheduleRuns,
  postgresSchedules,
  postgresSiteAgentProcesses,
  postgresSiteAgents,
  postgresSuiteRuns,
  postgresSuites,
  postgresUsers,
  postgresViewSets,
  postgresViews,
  postgresWorkspaceRules,
  postgresWorkspaces,
  queueLimits,
  type RetentionStore,
  type RowKeeping,
  reseal,
} from '@testmesh/store-postgres';
import type pg from 'pg';
import { refuseForeignIds } from './backup/own-ids.ts';
import type { MasterKeys } from './master-keys.ts';
import { openPool, type PoolSettings } from './pool.ts';
import { isDatabaseTrouble } from './trouble.ts';

/** Folders of the SQL files, where they do not lie beside the code. */
export interface Migrations {
  readonly journal?: string;
  readonly store?: string;
}

export interface StorageSettings extends PoolSettings {
  readonly keys: MasterKeys;
  readonly clock: Clock;
  readonly migrations?: Migrations;
  /** Folder of archived days; every process that reads runs needs the same. Without one no run leaves the database. */
  readonly archive?: string;
  /** Runs of a workspace at once, whatever its own limit is. */
  readonly maxRunning?: number | undefined;
}

export type Storage = Awaited<ReturnType<typeof openStorage>>;

/** Brings both schemas to their newest version; the names of what was new. */
export const migrateStorage = async (url: string, migrations?: Migrations): Promise<readonly string[]> => {
  const names = [
    ...(await migrateJournal(url, 'up', migrations?.journal)),
    ...(await migrateStore(url, 'up', migrations?.store)),
  ];
  await refuseForeignIds(url);
  return names;
};

/** Everything that lies in PostgreSQL, as ports over one pool; the schema is brought up to date first. */
export const openStorage = async (settings: StorageSettings) => {
  const { url, keys, clock, migrations } = settings;
  await migrateStorage(url, migrations);
  const { pool, close } = openPool(settings);
  const store = new AuditedStore(pool, journalAudit(appendBatches, clock));
  const sealer = aesSealer(keys);
  const limits = queueLimits(settings.maxRunning);
  const environments = postgresEnvironments(store, sealer);
  const archived = settings.archive === undefined ? {} : { archive: settings.archive };
  const retentionSettings = postgresRetention(store);
  const siteAgentProcesses = postgresSiteAgentProcesses(pool);
  const blobs = postgresBlobs(pool, archived);
  const keeping = { sealer, blobs };
  return {
    pool,
    ...journalOf(pool, archived),
    ...watchedQueue(postgresQueue(pool), pool),
    holdings: postgresHoldings(pool),
    feed: postgresFeed(pool),
    messages: postgresMessages(pool),
    figures: { ...postgresFigures(pool), siteAgents: () => siteAgentProcesses.list() },
    siteAgentProcesses,
    turns: postgresTurns(pool),
    testEnvironments: postgresTestEnvironments(pool),
    blobs,
    runSecrets: postgresSecrets(pool, keys),
    ...viewsOf(pool),
    ...peopleOf(pool, store, limits),
    flows: postgresFlows(store),
    environments,
    ...askingOf(store, { ...keeping, append: journalSchedules(appendBatches, clock) }),
    endedRuns: postgresEndedRuns(pool),
    channels: postgresChannels(store, sealer),
    retentionSettings,
    retention: retentionOf(pool, retentionSettings, settings.archive),
    notifications: postgresNotifications(pool),
    outbox: postgresOutbox(pool, sealer),
    /** Makes the journal's partitions for the days to come. */
    makePartitions: (days: number) => ensurePartitions(pool, days),
    /** Bounds every workspace as the settings say now. */
    boundWorkspaces: () => limits.setAll(pool),
    /** Seals with the current master key what another one sealed, or an older version kept in clear; how many rows changed. */
    reseal: () => reseal(pool, { environments, ...keeping }),
    /** Rejects when the database does not answer. */
    ping: async () => {
      await pool.query('select 1');
    },
    close,
  };
};

type Asking = RowKeeping & FiringSettings;

/** What asks for runs by itself, and what it gives them: kept sealed. */
const askingOf = (store: AuditedStore, { sealer, append, blobs }: Asking) => ({
  suites: postgresSuites(store),
  suiteRuns: postgresSuiteRuns(store.pool, sealer),
  schedules: postgresSchedules(store, sealer),
  scheduleRuns: postgresScheduleRuns(store.pool),
  firings: postgresFirings(store.pool, { append, sealer }),
  outcomes: (newRunId: () => string) =>
    postgresOutcomes(store.pool, { append, sealer, newRunId, isPassing: isDatabaseTrouble }),
  gitTriggerRules: postgresGitTriggerRules(store, sealer),
  gitDeliveries: postgresGitDeliveries(store.pool),
  datasets: postgresDatasets(store, { sealer, blobs }),
  datasetRuns: postgresDatasetRuns(store.pool, sealer),
});

/** What was recorded, and whether it is still what was recorded. */
const journalOf = (pool: pg.Pool, archived: PostgresJournalOptions) => ({
  journal: postgresJournal(pool, archived),
  chains: postgresChains(pool, archived),
});

/** What is folded from the journal. */
const viewsOf = (pool: pg.Pool) => ({
  views: postgresViews(pool),
  viewSets: postgresViewSets(pool, { archivedDays: () => archivedDays(pool) }),
  /** How much of the journal lies before a place in it, from 0 to 1. */
  shareRead: shareRead(pool),
  runViews: postgresRunViews(pool),
  analytics: postgresAnalytics(pool),
  coverage: postgresCoverage(pool),
});

/** Who may do what. */
const peopleOf = (pool: pg.Pool, store: AuditedStore, limits: ReturnType<typeof queueLimits>) => ({
  access: postgresAccess(pool),
  users: postgresUsers(pool),
  invitations: postgresInvitations(store),
  workspaceRules: postgresWorkspaceRules(store, limits),
  idempotency: postgresIdempotency(pool),
  workspaces: postgresWorkspaces(store, limits),
  members: postgresMembers(store),
  apiKeys: postgresApiKeys(store),
  siteAgents: postgresSiteAgents(store),
});

/** What leaves the database, and where it goes. */
const retentionOf = (pool: pg.Pool, settings: RetentionStore, folder: string | undefined): Retention => {
  const archive = (): string => {
    if (folder === undefined) throw new Error('there is no archive folder: set TESTMESH_ARCHIVE');
    return folder;
  };
  return {
    hasArchive: folder !== undefined,
    alone: (work) => alone(pool, 'retention', work),
    days: () => journalDays(pool),
    runsDays: settings.runsDays,
    archive: async (day) => (await archivePartition(pool, day, archive())).outcome,
    retire: settings.retire,
    sweepBlobs: async () => sweepBlobs(pool, await settings.neededBlobs(), archive()),
    sweepSecrets: () => sweepSecrets(pool),
  };
};
