export { blobContract, bundleContract } from './blob.contract.ts';
export { busContract, busMessage } from './bus.contract.ts';
export { environmentLeasesContract } from './environment-leases.contract.ts';
export { type FeedWorld, feedContract, readFeed } from './feed.contract.ts';
export { type GitOpsWorld, gitOpsProviderContract } from './gitops-provider.contract.ts';
export { journalContract, journalEvent } from './journal.contract.ts';
export { queueContract } from './queue.contract.ts';
export { commandRuns, perform, queueCommand } from './queue-commands.ts';
export { queueHistoryContract } from './queue-history.contract.ts';
export {
  foldedState,
  historyOf,
  type QueueRow,
  type QueueWorld,
  queuedRun,
  runCompleted,
  runEvent,
  runIdOf,
} from './queue-world.ts';
export { secretsContract } from './secrets.contract.ts';
export type { TestEnvironmentWorld } from './test-environment-world.ts';
export { testEnvironmentsContract } from './test-environments.contract.ts';
export { viewChange, viewStoreContract } from './view-store.contract.ts';
