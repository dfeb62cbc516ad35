import type { Effect, RunEvent, StepCompleted, StepPath, Value } from '@testmesh/domain';
import { interruptionCode } from '../interruption.ts';
import { failureOf } from '../step/failure-of.ts';
import { Held, type HeldResource } from './held.ts';
import { StepTree } from './step-tree.ts';

// What the journal holds of a run that somebody began earlier. Invariants:
// E120. What is recorded happened: a step that has ended is never carried out again, nor recorded again.
// E121. RunRestarted makes everything before it void but the request and a cancellation.
// E122. Who owned the run, and when, changes nothing in what it does.

type Of<T extends RunEvent['type']> = Extract<RunEvent, { readonly type: T }>;

/** A step that began and whose end is not recorded. */
interface OpenStep {
  readonly attempt: number;
  readonly effect: Effect;
  /** Its owner died and a later one said so already. */
  readonly unknown: boolean;
}

/** Why a failure that `on_error: continue` let pass is excused. */
export const EXCUSED = 'on_error: continue';

const CANCELLED = interruptionCode('cancelled');

export class Past {
  readonly requested: boolean;
  /** How often the run began anew. */
  readonly restarts: number;
  readonly cancelledBy: string | undefined;
  /** What was said of the first step that a cancellation stopped. */
  stoppedStep: string | undefined;
  started: Of<'RunStarted'> | undefined;
  /** The test environment that the run had to itself. */
  entered: Of<'EnvironmentEntered'> | undefined;
  finished: Of<'RunCompleted'> | undefined;
  readonly positions = new Map<string, Value>();
  /** How many expectations judged the run outside teardown. */
  checks = 0;
  readonly excused: string[] = [];
  /** Files that steps of it stand in. */
  readonly files = new Set<string>();
  readonly tree = new StepTree();
  readonly #held = new Held();

  constructor(history: readonly RunEvent[]) {
    this.requested = history.some(({ type }) => type === 'RunRequested');
    this.restarts = history.filter(({ type }) => type === 'RunRestarted').length;
    this.cancelledBy = history.find((event) => event.type === 'RunCancelRequested')?.by;
    const from = history.findLastIndex(({ type }) => type === 'RunRestarted') + 1;
    for (const event of history.slice(from)) this.#take(event);
  }

  ended(path: StepPath): StepCompleted | undefined {
    const step = this.tree.at(path);
    return step?.type === 'StepCompleted' ? step : undefined;
  }

  open(path: StepPath): OpenStep | undefined {
    const step = this.tree.at(path);
    if (step?.type !== 'StepStarted') return undefined;
    return { attempt: step.attempt, effect: step.effect, unknown: this.tree.isUnknown(path) };
  }

  knows(path: StepPath): boolean {
    return this.tree.at(path) !== undefined;
  }

  /** Things bound to an executor that is gone. */
  held(): readonly HeldResource[] {
    return this.#held.all();
  }

  #take(event: RunEvent): void {
    switch (event.type) {
      case 'RunStarted':
        this.started = event;
        break;
      case 'EnvironmentEntered':
        this.entered = event;
        break;
      case 'PositionsRecorded':
        this.positions.set(event.resource, event.positions);
        break;
      case 'StepStarted':
        this.files.add(event.span.file);
        this.tree.start(event);
        break;
      case 'StepCompleted':
        this.files.add(event.span.file);
        this.tree.end(event);
        this.#count(event);
        if (event.error?.code === CANCELLED) this.stoppedStep ??= event.error.message;
        break;
      case 'StepOutcomeUnknown':
        this.tree.markUnknown(event.path);
        break;
      case 'ResourceOpened':
      case 'ResourceClosed':
        this.#held.take(event);
        break;
      case 'RunCompleted':
        this.finished = event;
        break;
      default:
    }
  }

  #count(event: StepCompleted): void {
    if (!this.tree.isCleaning(event)) this.checks += event.checks;
    if (event.excused && event.reason === EXCUSED) {
      this.excused.push(`${event.path}: ${failureOf(event.path, event).message}`);
    }
  }
}
