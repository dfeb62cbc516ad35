export { busContract, busEvent } from './bus.contract.ts';
export { journalContract, journalEvent } from './journal.contract.ts';
export { viewChange, viewStoreContract } from './view-store.contract.ts';
