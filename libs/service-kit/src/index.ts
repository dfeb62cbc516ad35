export { backup } from './backup/dump.ts';
export { linesFrom } from './backup/lines.ts';
export { restore } from './backup/restore.ts';
export { databaseFrom, demandDatabase } from './database-address.ts';
export { type Health, type HealthServer, type Page, serveHealth } from './health.ts';
export { type KafkaAccess, kafkaAccess } from './kafka-access.ts';
export { faultLog, type Log, logLevel, openLog, overLog, processLog } from './log.ts';
export { type MasterKeys, masterKeys } from './master-keys.ts';
export { REQUEST_WAITS, type Waits } from './pool.ts';
export {
  healthFrom,
  migrate,
  numberFrom,
  runService,
  type ServiceSettings,
  serviceSettings,
  storageOf,
} from './service.ts';
export { endWith, listening, StartRefused, said, saidLater } from './start-refused.ts';
export { keepMemorySteady } from './steady-memory.ts';
export { type Migrations, openStorage, type Storage, type StorageSettings } from './storage.ts';
export { isDatabaseTrouble } from './trouble.ts';
