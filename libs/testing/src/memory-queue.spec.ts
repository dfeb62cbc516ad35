import { memoryQueueWorld } from './memory-queue-world.ts';
import { queueContract } from './queue.contract.ts';
import { queueHistoryContract } from './queue-history.contract.ts';

queueContract('memoryQueue', memoryQueueWorld);
queueHistoryContract('memoryQueue', memoryQueueWorld, 200);
