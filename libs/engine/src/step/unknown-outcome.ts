import type { StepError, StepPath, Value } from '@testmesh/domain';
import type { Step } from '@testmesh/flow';
import type { Frame } from '../frame.ts';
import { Memory } from '../names/memory.ts';
import { StepScope } from '../names/step-scope.ts';
import { failure } from './judge.ts';
import { seedOf } from './started.ts';
import type { Result, Tried } from './work.ts';

// A step that must not happen twice and whose owner died in the middle of it. Invariants:
// E125. It acts again only where `on_unknown: rerun` says so, and never before StepOutcomeUnknown is recorded.
// E126. `verify` steps that all pass say that it happened: it passes with what they captured under the names of its outputs.
//       When one of them does not, the outcome stays unknown: that they found nothing yet does not prove that it never happens.
// E127. An unknown outcome is neither retried nor something that an assertion may expect; `on_error` and `error_steps` hold.

/** What such a step comes to; undefined when it is to be carried out. */
export const unknownOutcome = async (step: Step, frame: Frame, path: StepPath): Promise<Tried | undefined> => {
  const { past } = frame.run;
  const open = past.open(path);
  if (step.kind !== 'action' || open?.effect !== 'once') return undefined;
  if (!open.unknown) frame.run.record({ type: 'StepOutcomeUnknown', path });
  if (step.onUnknown === 'rerun' && !frame.signal.aborted) return undefined;
  frame.run.isCut ||= frame.signal.aborted && !frame.cleaning;
  const scope = new StepScope(frame, seedOf(frame, path, open.attempt));
  return { scope, result: step.onUnknown === 'verify' ? await verified(step, frame, path) : unknown(step) };
};

const verified = async (step: Step, frame: Frame, path: StepPath): Promise<Result> => {
  const memory = new Memory(frame.memory);
  const failed = await frame.runSteps(step.verify, {
    ...frame,
    memory,
    prefix: `${path}/verify/`,
    parent: path,
    excuse: 'it only looks whether the step happened',
  });
  if (failed)
    return unknown(step, `, and its verify steps do not say that it happened: ${failed.path}: ${failed.message}`);
  const names = step.outputs.map(({ name }) => name).filter((name) => memory.captured.has(name));
  const captured = new Map(names.map((name) => [name, memory.captured.get(name) as Value]));
  return {
    status: 'passed',
    captured,
    assertions: [],
    checks: 0,
    reason: 'its executor was lost, and its verify steps say that it happened',
  };
};

const unknown = (step: Step, more = ''): Result => failure('error', unknownError(step, more));

const unknownError = ({ span, onUnknown }: Step, more: string): StepError => ({
  code: 'TM5080',
  message: `its outcome is unknown: the executor was lost while it was carried out${more}`,
  span,
  ...(onUnknown === undefined && {
    help: 'if it may happen twice say effect: repeatable or on_unknown: rerun; verify steps can find out whether it happened',
  }),
});
