export { journalReader, outcomesReader, shownViewsReader, type WatchedReader } from './metrics/watched.ts';
export { openTelemetry, type Telemetry, type TelemetryOptions } from './telemetry.ts';
