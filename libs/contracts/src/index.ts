export type { ActionSchema, ConfigFault, ConfigLook, ResultKey } from './action-schema.ts';
export {
  type BundleManifest,
  bundleManifest,
  projectFile,
  projectFiles,
  projectPath,
  type RunInputs,
  runInputs,
} from './bundle.ts';
export type { Diagnostic } from './diagnostic.ts';
export { type Placement, placementParts, poolName } from './placement.ts';
export {
  PROBLEMS,
  Problem,
  type ProblemBody,
  type ProblemCode,
  type ProblemDetail,
  problemBody,
  problemBodyOf,
  problemContentType,
} from './problem.ts';
export { byteSize, durationMs, parseByteSize, parseDuration, timeoutMs } from './quantities.ts';
export { type JsonReport, type JsonReportFlow, type JsonReportStep, REPORT_SCHEMA, reportSchema } from './report.ts';
export {
  type AskedTestEnvironment,
  askedTestEnvironment,
  testEnvironmentParts,
  testEnvironmentSpec,
  type WantedTestEnvironment,
  wantedTestEnvironment,
} from './test-environment.ts';
