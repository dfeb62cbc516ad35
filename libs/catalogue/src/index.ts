export { allSchemas, catalogue, loadAction } from './catalogue.ts';
