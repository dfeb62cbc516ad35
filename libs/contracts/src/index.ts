export type { ActionSchema, ResultKey } from './action-schema.ts';
export type { Diagnostic } from './diagnostic.ts';
