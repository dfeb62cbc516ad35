export { type Projection, project } from './projection.ts';
export { foldRun, type ReportState, reportOf, runReport } from './report-builder.ts';
export type { RunReport, StepReport } from './run-report.ts';
export { emptyRunRow, foldRunRow, nextRunRow, type RunRow, type RunRowState } from './run-row.ts';
