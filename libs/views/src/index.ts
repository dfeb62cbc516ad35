export { type Projection, project } from './projection.ts';
export { foldRun, type ReportState, reportOf, runReport } from './report-builder.ts';
export type { RunReport, StepReport } from './run-report.ts';
