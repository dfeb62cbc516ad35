import type { Step } from '../model/flow.ts';
import {
  assertionNames,
  type expressionNames,
  namesAfterNested,
  namesBefore,
  outputNames,
  settingNames,
} from '../reading/references.ts';
import { templateNames } from '../template/template.ts';
import { Stage } from './names.ts';
import { type CheckContext, type Point, ReferenceCheck } from './reference-check.ts';
import { keysInAssertions } from './result-keys.ts';

/** Follows the flow in the order it runs and judges every reference at its place. */
export const checkReferences = (context: CheckContext): void => {
  const { flow } = context;
  const walk = new Walk(context);
  const stage = new Stage();
  walk.point(stage, (isKnown) => [
    ...settingNames(flow.timeoutMs, isKnown),
    ...settingNames(flow.teardownTimeoutMs, isKnown),
    ...(flow.testEnvironment ? templateNames(flow.testEnvironment.wanted, isKnown) : []),
  ]);
  walk.steps(flow.setup, stage);
  walk.steps(flow.steps, stage);
  walk.point(stage, (isKnown) => outputNames(flow.outputs, isKnown));
  walk.everything(stage);
  walk.steps(flow.teardown, stage);
};

type NamesAt = (isKnown: (name: string) => boolean) => ReturnType<typeof expressionNames>;

class Walk {
  readonly #context: CheckContext;
  readonly #references: ReferenceCheck;

  constructor(context: CheckContext) {
    this.#context = context;
    this.#references = new ReferenceCheck(context);
  }

  steps(steps: readonly Step[], stage: Stage): void {
    for (const step of steps) if (!step.disabled) this.#step(step, stage);
  }

  point(stage: Stage, namesAt: NamesAt, more: Omit<Point, 'stage'> = {}): void {
    const point: Point = { stage, ...more };
    this.#references.check(namesAt(this.#references.isKnown(point)), point);
  }

  /** Definitions that the flow never uses are judged against all it may ever define. */
  everything(stage: Stage): void {
    for (const { template } of this.#context.flow.env) {
      this.point(stage, (isKnown) => templateNames(template, isKnown));
    }
  }

  #step(step: Step, stage: Stage): void {
    const { flow, needs, options } = this.#context;
    this.point(stage, (isKnown) => namesBefore(step, isKnown), { self: step });
    if (step.kind === 'action') {
      needs.configOf(step);
      const override = options.environment?.overrides.get(step.schema.type);
      // The override stands in another file; the step that needs it is the place in this one.
      if (override)
        this.point(stage, (isKnown) =>
          templateNames(override, isKnown).map((name) => ({ ...name, span: step.actionSpan })),
        );
    }
    this.steps(step.verify, new Stage(stage));
    const after = this.#nested(step, stage);
    if (step.named) after.addStep(step.id);
    const own = keysInAssertions(step, flow, options) ?? 'open';
    this.point(after, (isKnown) => assertionNames(step.asserts, isKnown), { own });
    this.point(after, (isKnown) => outputNames(step.outputs, isKnown), { own });
    for (const { name } of step.outputs) after.addCapture(name);
    const failed = new Stage(after, ['error', 'failed_step']);
    this.steps(step.errorSteps, failed);
    stage.learn(after);
    stage.learn(failed);
  }

  /** What may be defined once the steps within a step have run. */
  #nested(step: Step, stage: Stage): Stage {
    const after = new Stage(stage);
    for (const { steps, locals } of bodiesOf(step)) {
      const branch = new Stage(stage, locals);
      this.steps(steps, branch);
      after.learn(branch);
    }
    this.point(after, (isKnown) => namesAfterNested(step, isKnown));
    return after;
  }
}

/** Lists of steps that do not see one another, with the names each of them has for itself. */
const bodiesOf = (step: Step): readonly { steps: readonly Step[]; locals?: readonly string[] }[] => {
  switch (step.kind) {
    case 'parallel':
      return step.branches;
    case 'for_each':
      return [{ steps: step.steps, locals: [step.itemName, step.indexName] }];
    case 'condition':
      return [{ steps: step.then }, { steps: step.else }];
    case 'wait_until':
      return [{ steps: step.steps }];
    case 'action':
    case 'run_flow':
      return [];
  }
};
