export { IMPORT_TYPES, type ImportedFlows, type ImportType, importFlows } from './import-flows.ts';
export { type ExportedFlow, postmanCollection } from './postman-collection.ts';
