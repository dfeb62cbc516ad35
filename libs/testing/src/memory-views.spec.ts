import { memoryViews } from './memory-views.ts';
import { viewStoreContract } from './view-store.contract.ts';

viewStoreContract('memory', memoryViews);
