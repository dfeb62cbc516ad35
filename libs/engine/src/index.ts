export { mistypedInputs, secretNamesOf } from './names/flow-names.ts';
export type {
  EnginePorts,
  EnterEnvironment,
  EnteredEnvironment,
  Entering,
  EnvironmentWish,
  RunInput,
  RunOutcome,
} from './ports.ts';
export { runFlow } from './run-flow.ts';
export { credentialVariables } from './secrets/credential-variables.ts';
export { maskEvent } from './secrets/mask-event.ts';
export { Masker } from './secrets/masker.ts';
