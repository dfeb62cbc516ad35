export { allSchemas, builtInActions, catalogue, type KnownActions, loadAction } from './catalogue.ts';
