import type { StepStatus, Value, ValueMap } from '@testmesh/domain';
import type { Step } from '@testmesh/flow';
import type { Frame } from '../frame.ts';
import type { Failure } from '../run.ts';
import { credentialsIn } from '../secrets/credential-names.ts';
import type { Result } from './work.ts';

// What a step leaves behind in the run's memory when it ends, and again when a later owner reads that it has ended.
// E19. A step's result is reachable by its id also when it failed or was skipped.

type Left = Pick<Result, 'output' | 'captured'>;

/** Whether anything may look into the result of this step. */
export const isLookedInto = (step: Step, { flowRun }: Frame): boolean => step.named && flowRun.mentions(step.id);

export const rememberPassed = (step: Step, frame: Frame, { output, captured }: Left): void => {
  for (const [name, value] of captured) keep(frame, frame.memory.captured, name, value);
  frame.flowRun.learnt += captured.size;
  // A step passes without a result when its outcome was unknown and its `verify` steps say that it happened.
  if (!output) frame.memory.missed(step, ONLY_VERIFIED);
  const without = output || captured.size > 0 ? undefined : `${step.id} has no result, it ${ONLY_VERIFIED}`;
  remember(step, frame, 'passed', () => seen(output ?? {}, captured), without);
};

const ONLY_VERIFIED = 'was only verified';

export const rememberFailed = (
  step: Step,
  frame: Frame,
  { output, captured }: Left,
  failed: Pick<Failure, 'status' | 'error' | 'message'>,
): void => {
  for (const [name, value] of captured) keep(frame, frame.memory.salvaged, name, value);
  frame.memory.missed(step, 'failed');
  const view = () => ({ error: errorView(failed), ...seen(output ?? {}, captured) });
  remember(step, frame, failed.status, view, output ? undefined : `${step.id} has no result, it failed`);
};

export const rememberSkipped = (step: Step, frame: Frame): void => {
  frame.memory.missed(step, 'was skipped');
  remember(step, frame, 'skipped', () => ({ output: {} }), `${step.id} has no result, it was skipped`);
};

/** A failure as `error_steps` and later steps see it. */
export const errorView = ({ error, message }: Pick<Failure, 'error' | 'message'>): ValueMap => ({
  code: error?.code ?? 'TM5010',
  message,
});

const seen = (output: ValueMap, captured: Result['captured']): ValueMap => {
  const all = { ...Object.fromEntries(captured), ...output };
  return { output: all, ...all };
};

const keep = (frame: Frame, into: Map<string, Value>, name: string, value: Value): void => {
  if (frame.flowRun.secretNames.has(name)) frame.run.masker.addSecret(value);
  infer(frame, name, value);
  into.set(name, value);
};

// E44.
const infer = ({ run, flowRun }: Frame, name: string, value: Value): void => {
  const paths = flowRun.credentials.get(name);
  if (paths) for (const text of credentialsIn(value, paths)) run.masker.infer(text);
};

const remember = (step: Step, frame: Frame, status: StepStatus, seenAs: () => ValueMap, without?: string): void => {
  if (!isLookedInto(step, frame)) return;
  const view = { status, ...seenAs() };
  infer(frame, step.id, view);
  frame.memory.results.set(step.id, { view, status, ...(without !== undefined && { without }) });
};
