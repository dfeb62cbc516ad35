import { parseJson, runEventOf } from '@testmesh/domain';
import { foldRun, type RunReport, stepOutlines } from '@testmesh/views';
import type { RunDeps } from './deps.ts';
import { readHistory, stepTimes } from './run-history.ts';
import { type StepTimes, stepsOf } from './wire.ts';

/** The steps of a run, those within others included: of a finished run as they were folded once, else from the journal. */
export const stepsOfRun = async (deps: RunDeps, workspace: string, runId: string) => {
  const { report, times } = (await kept(deps, workspace, runId)) ?? (await folded(deps, workspace, runId));
  return report.steps.flatMap((step) => stepsOf(step, runId, times));
};

/** The same without what the steps sent, got and asserted, as JSON: of a finished run it lies ready. */
export const outlineOfRun = async (deps: RunDeps, workspace: string, runId: string): Promise<string> => {
  const kept = await deps.runs.outline(workspace, runId);
  if (kept !== undefined) return kept;
  const { report, times } = await folded(deps, workspace, runId);
  return JSON.stringify(stepOutlines(report.steps, runId, times));
};

interface Told {
  readonly report: Pick<RunReport, 'steps'>;
  readonly times: StepTimes;
}

const kept = async ({ runs }: RunDeps, workspace: string, runId: string): Promise<Told | undefined> => {
  const [text, times] = await Promise.all([runs.storedText(workspace, runId), runs.stepTimes(workspace, runId)]);
  // Views that were written before times were kept do not have them.
  if (text === undefined || times.size === 0) return undefined;
  return { report: parseJson(text) as unknown as RunReport, times };
};

const folded = async (deps: RunDeps, workspace: string, runId: string): Promise<Told> => {
  const { events } = await readHistory(deps, workspace, runId);
  return { report: foldRun(runId, events.map(runEventOf)), times: stepTimes(events) };
};
