export { xmlSchemaCheck } from './xml-schema-check.ts';
