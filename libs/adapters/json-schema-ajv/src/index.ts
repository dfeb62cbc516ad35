export { type Finding, schemaCheck } from './schema-check.ts';
