export { fileBlobs } from './file-blobs.ts';
export { fileJournal, streamFile } from './file-journal.ts';
export { eachEvent, readRunFile } from './run-file.ts';
