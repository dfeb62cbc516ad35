export type { Clock, Random } from './clock.ts';
export type { AppendResult, BlobStore, Journal } from './journal.ts';
export type { RunRecorder } from './recorder.ts';
