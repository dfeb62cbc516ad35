export type { Bus, Subscription, Wakeups } from './bus.ts';
export type { Clock, Random } from './clock.ts';
export { FEED_START, type FeedCursor, type FeedPage, type JournalFeed } from './feed.ts';
export type { AppendResult, BlobStore, Journal, JournalBatch } from './journal.ts';
export type { OutboundPolicy, OutboundRefusal, OutboundTarget } from './outbound.ts';
export type {
  CancelOutcome,
  ClaimedRun,
  ClaimRequest,
  HeldRun,
  LeaseReply,
  QueuedRun,
  ReapedRun,
  ReapPolicy,
  RunQueue,
} from './queue.ts';
export type { RunRecorder } from './recorder.ts';
export type { RunSecrets } from './run-secrets.ts';
export type { ViewChange, ViewStep, ViewStore } from './view-store.ts';
