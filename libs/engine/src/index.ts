export type { EnginePorts, RunInput, RunOutcome } from './ports.ts';
export { runFlow } from './run-flow.ts';
