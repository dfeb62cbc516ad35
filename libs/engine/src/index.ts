export { secretNamesOf } from './names/flow-names.ts';
export type { EnginePorts, RunInput, RunOutcome } from './ports.ts';
export { runFlow } from './run-flow.ts';
export { Masker } from './secrets/masker.ts';
