import { parseJson, runEventOf, stringifyJson, type Value } from '@testmesh/domain';
import { foldRun, type StepReport, stepOutlines } from '@testmesh/views';
import { letGo } from '../http/let-go.ts';
import type { RunDeps } from './deps.ts';
import { readHistory, stepTimes } from './run-history.ts';
import { ALL_STEPS, type StepPage, storedSteps } from './stored-steps.ts';
import { type Step, stepsOf } from './wire.ts';

/** The steps of a run, those within others included: of a finished run as they were folded once, else from the journal. */
export const stepsOfRun = async (deps: RunDeps, workspace: string, runId: string): Promise<readonly Step[]> => {
  const body = await kept(deps, workspace, runId);
  if (body === undefined) return foldedSteps(deps, workspace, runId);
  return (parseJson(body.toString()) as unknown as { readonly steps: readonly Step[] }).steps;
};

interface Asked {
  readonly workspace: string;
  readonly runId: string;
}

/** A page of the same as JSON, `{ "steps": [ … ], "total": 12 }`: of a finished run nothing is parsed for it. */
export const stepsBodyOfRun = async (deps: RunDeps, { workspace, runId }: Asked, page: StepPage): Promise<Buffer> => {
  const body = await kept(deps, workspace, runId, page);
  if (body !== undefined) return body;
  const steps = await foldedSteps(deps, workspace, runId);
  const shown = steps.slice(page.offset, page.offset + page.limit);
  return Buffer.from(stringifyJson({ steps: shown, total: steps.length } as unknown as Value));
};

/** The same without what the steps sent, got and asserted, as JSON: of a finished run it lies ready. */
export const outlineOfRun = async (deps: RunDeps, workspace: string, runId: string): Promise<string> => {
  const kept = await deps.runs.outline(workspace, runId);
  if (kept !== undefined) return kept;
  const { steps, times } = await folded(deps, workspace, runId);
  return JSON.stringify(stepOutlines(steps, runId, times));
};

const kept = async (
  { runs }: RunDeps,
  workspace: string,
  runId: string,
  page = ALL_STEPS,
): Promise<Buffer | undefined> => {
  const [report, outline] = await Promise.all([runs.storedJson(workspace, runId), runs.outline(workspace, runId)]);
  // Views that were written before outlines were kept do not have them.
  if (report === undefined || outline === undefined) return undefined;
  const body = storedSteps(report, Buffer.from(outline), page);
  letGo(report);
  return body;
};

const foldedSteps = async (deps: RunDeps, workspace: string, runId: string): Promise<readonly Step[]> => {
  const { steps, times } = await folded(deps, workspace, runId);
  return stepsOf(steps, stepOutlines(steps, runId, times));
};

interface Folded {
  readonly steps: readonly StepReport[];
  readonly times: ReturnType<typeof stepTimes>;
}

const folded = async (deps: RunDeps, workspace: string, runId: string): Promise<Folded> => {
  const { events } = await readHistory(deps, workspace, runId);
  return { steps: foldRun(runId, events.map(runEventOf)).steps, times: stepTimes(events) };
};
