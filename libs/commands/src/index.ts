export { type CheckedFlow, detailOf } from './check-request.ts';
export { type AskedEnvironment, environmentOfParts } from './confirmed-environment.ts';
export {
  cancelDatasetRun,
  type DatasetDeps,
  keepDatasetRun,
  moveDatasetRunOn,
  moveDatasetsOn,
} from './dataset-progress.ts';
export type {
  EnvironmentLookup,
  FlowLookup,
  IdempotencyClaim,
  IdempotencyKeys,
  NamedEnvironment,
  RequestDeps,
  Requester,
  StoredFlow,
  StoredRun,
} from './deps.ts';
export { type Fire, fireSlot } from './fire-slot.ts';
export { beside, childFlows, type Files } from './flow-files.ts';
export { type CommandSettings, datasetDeps, requestDeps, suiteDeps } from './from-storage.ts';
export { type GivenVariables, givenSecrets, type SecretNames, shownVariables } from './given-secrets.ts';
export { checkRun, type Origin, type RequestedRun, requestRun, streamOf } from './request-run.ts';
export { type RunStored, requestStoredRun } from './request-stored-run.ts';
export { type RunRequest, runRequest, runRequestParts } from './run-request.ts';
export { checkMapping, type DatasetStart, MOST_ROWS_OF_A_RUN, startDataset, VARIABLE_NAME } from './start-dataset.ts';
export { type SuiteStart, startSuite } from './start-suite.ts';
export { keptFiles } from './stored-files.ts';
export { cancelSuiteRun, rerunSuite } from './suite-again.ts';
export {
  MEMBER_STATUSES,
  type MemberOutcome,
  type MemberStatus,
  moveOn,
  moveSuitesOn,
  outcomesOf,
  type SuiteDeps,
} from './suite-progress.ts';
