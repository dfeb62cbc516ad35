export { EmbeddedUnavailable } from './binaries.ts';
export { DataFolderInUse } from './folder-lock.ts';
export { type EmbeddedPostgres, type EmbeddedSettings, startEmbeddedPostgres } from './server.ts';
