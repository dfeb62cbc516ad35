import type { StepPath, Value, ValueMap } from '@testmesh/domain';
import { type ActionStep, render, type Step } from '@testmesh/flow';
import { within } from './deadline.ts';
import type { PreparedStep } from './flow-run.ts';
import type { Frame } from './frame.ts';
import { nestedSteps } from './names/memory.ts';
import { StepScope } from './names/step-scope.ts';
import { messageOf } from './resources.ts';
import { actionContext } from './step/action-context.ts';

// Actions may note where streams stand before the run changes them. Invariants:
// E95. A step whose config is known before setup is prepared before setup; any other at the first moment its config is known, once.
// E96. A failed preparation is no verdict: the step meets the same condition when it runs, and reports it.

const LIMIT_MS = 10_000;

export interface WaitingStep {
  readonly step: ActionStep;
  readonly prepared: PreparedStep;
}

/** Finds the steps that can be prepared and prepares those whose config is known already. */
export const prepareActions = async (frame: Frame): Promise<void> => {
  const { run, flowRun } = frame;
  const all = [...flowRun.flow.setup, ...flowRun.flow.steps].flatMap(actionSteps);
  const types = [...new Set(all.map(({ action }) => action))];
  const loaded = await Promise.all(
    types.map(async (type) => [type, await run.action(type).catch(() => undefined)] as const),
  );
  const preparing = new Set(loaded.filter(([, action]) => action?.prepare).map(([type]) => type));
  for (const step of all.filter(({ action, disabled }) => preparing.has(action) && !disabled)) {
    const prepared = await flowRun.prepare(step).catch(() => undefined);
    if (prepared) flowRun.waiting.push({ step, prepared });
  }
  await prepareKnown(frame);
};

/** Prepares what became known since the last time; free of cost when nothing waits. */
export const prepareWaiting = async (frame: Frame): Promise<void> => {
  const { flowRun } = frame;
  if (flowRun.waiting.length === 0 || flowRun.learnt === flowRun.lookedAt) return;
  await prepareKnown(frame);
};

const prepareKnown = async (frame: Frame): Promise<void> => {
  const { flowRun } = frame;
  flowRun.lookedAt = flowRun.learnt;
  const waiting = flowRun.waiting.splice(0);
  const ready: Promise<void>[] = [];
  for (const candidate of waiting) {
    const path = `${frame.prefix}${candidate.step.id}` as StepPath;
    const scope = new StepScope(frame, `${frame.run.input.seed}/${path}/prepare`);
    const config = knownConfig(candidate, scope);
    if (config === undefined) flowRun.waiting.push(candidate);
    else ready.push(prepareOne(candidate, config, frame, path, scope));
  }
  await Promise.all(ready);
};

// A config that draws random values is another one each time, so it is not known before the step runs.
const knownConfig = ({ prepared }: WaitingStep, scope: StepScope): ValueMap | undefined => {
  if (prepared.constant) return prepared.constant;
  const rendered = render(prepared.template, scope);
  return rendered.ok && scope.drawn.length === 0 ? (rendered.value as ValueMap) : undefined;
};

const prepareOne = async (
  { step, prepared }: WaitingStep,
  config: ValueMap,
  frame: Frame,
  path: StepPath,
  scope: StepScope,
): Promise<void> => {
  const { run } = frame;
  run.masker.learnConfig(config as Value);
  const limit = within(frame.signal, run.ports.clock, {
    ms: LIMIT_MS,
    kind: 'step-timeout',
    message: 'preparing took too long',
  });
  const context = actionContext({
    frame,
    path,
    attempt: 0,
    scope,
    signal: limit.signal,
    expectations: NOTHING_EXPECTED,
    routingHeaders: {},
  });
  try {
    await prepared.action.prepare?.(config, context);
  } catch (error) {
    run.ports.log(run.masker.text(`${step.id} could not be prepared: ${messageOf(error)}`));
  } finally {
    limit.dispose();
  }
};

const NOTHING_EXPECTED = {
  present: false,
  names: () => false,
  judge: () => ({ holds: true, records: [] }),
  correlations: [],
};

const actionSteps = (step: Step): ActionStep[] => [
  ...(step.kind === 'action' ? [step] : []),
  ...nestedSteps(step).flatMap(actionSteps),
];
