export { journalContract, journalEvent } from './journal.contract.ts';
