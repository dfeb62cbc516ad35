export { fileBlobs } from './file-blobs.ts';
export { fileJournal, streamFile } from './file-journal.ts';
export { readRunFile } from './run-file.ts';
