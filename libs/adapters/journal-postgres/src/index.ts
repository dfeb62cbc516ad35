export { appendAtEnd } from './append-at-end.ts';
export { appendBatches, type Queryable } from './batch.ts';
export { migrateJournal } from './migrate.ts';
export { ensurePartitions } from './partitions.ts';
export { postgresBlobs } from './postgres-blobs.ts';
export { postgresFeed } from './postgres-feed.ts';
export { postgresJournal } from './postgres-journal.ts';
export { postgresQueue } from './postgres-queue.ts';
export { postgresSecrets, type SecretKeys } from './postgres-secrets.ts';
