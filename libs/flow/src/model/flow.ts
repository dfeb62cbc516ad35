// The canonical form of a flow: aliases resolved, every string compiled, every part with its place.
// Read this file first; it has no behaviour.
import type { ActionSchema } from '@testmesh/contracts';
import type { Effect, Phase, Span, Value } from '@testmesh/domain';
import type { Assertion } from '../assertion/assertion.ts';
import type { Expression } from '../expression/expression.ts';
import type { OutputPath } from '../path/output-path.ts';
import type { Template } from '../template/template.ts';

/** A setting that is known from the file, or only once its template is rendered. */
export type Setting<T> =
  | { readonly kind: 'fixed'; readonly value: T; readonly span: Span }
  | { readonly kind: 'template'; readonly template: Template; readonly span: Span };

/** A name the flow defines, rendered where it is used. */
export interface Definition {
  readonly name: string;
  readonly template: Template;
  readonly span: Span;
}

export interface InputDeclaration {
  readonly name: string;
  readonly type: 'string' | 'number' | 'boolean' | 'object' | 'list' | 'any';
  readonly required: boolean;
  readonly default?: Value;
  readonly description?: string;
  readonly span: Span;
}

export interface Flow {
  readonly name: string;
  readonly file: string;
  /** sha256 of the file's text, hex. */
  readonly hash: string;
  /** The file's text; a run records it so that its report can quote it later. */
  readonly text: string;
  readonly description?: string;
  readonly suite?: string;
  readonly tags: readonly string[];
  /** Names of variables whose values are masked. */
  readonly secrets: readonly string[];
  /** Where `secrets` names them. */
  readonly secretSpans: ReadonlyMap<string, Span>;
  /** Path relative to the flow's folder. */
  readonly envFile?: { readonly path: string; readonly span: Span };
  readonly env: readonly Definition[];
  readonly inputs: readonly InputDeclaration[];
  /** What a parent flow sees of this one; empty means everything captured. */
  readonly outputs: readonly Output[];
  readonly timeoutMs?: Setting<number>;
  readonly teardownTimeoutMs?: Setting<number>;
  /** False runs the remaining steps after a failed one; the verdict stays failed. */
  readonly failFast: boolean;
  readonly restartable: boolean;
  /** Locks between flows of one invocation. */
  readonly exclusive: readonly string[];
  /** The test environment that the flow has to itself while it runs: a map with canonical keys. */
  readonly testEnvironment?: { readonly wanted: Template; readonly span: Span };
  readonly setup: readonly Step[];
  readonly steps: readonly Step[];
  readonly teardown: readonly Step[];
  /** Every root name that templates and expressions of this flow mention, for reading only those from the OS environment. */
  readonly mentions: ReadonlySet<string>;
  /** Set when parts could not be read and are left out: what seems to be missing may only be unreadable. */
  readonly incomplete?: true;
  readonly span: Span;
}

/** One entry of `output:`: a name and where its value comes from. */
export interface Output {
  readonly name: string;
  readonly span: Span;
  readonly from:
    | { readonly kind: 'path'; readonly path: OutputPath }
    | { readonly kind: 'template'; readonly template: Template };
}

export interface Retry {
  readonly maxAttempts: Setting<number>;
  readonly delayMs: Setting<number>;
  readonly maxDelayMs?: Setting<number>;
  readonly maxElapsedMs?: Setting<number>;
  readonly backoff: 'constant' | 'linear' | 'exponential';
  /** 0 … 1: the part of the delay that is random. */
  readonly jitter: number;
  /** Codes, statuses or texts of errors that are (not) tried again; empty means all. */
  readonly retryOn: readonly string[];
  readonly retryOnNot: readonly string[];
}

interface StepBase {
  readonly id: string;
  /** False for a step that got its id from us (`http_request_3`): nothing can refer to it. */
  readonly named: boolean;
  readonly title?: string;
  readonly phase: Phase;
  /** The canonical action name. */
  readonly action: string;
  readonly span: Span;
  /** The id as written; the step's first line when it has none. */
  readonly idSpan: Span;
  readonly actionSpan: Span;
  readonly tags: readonly string[];
  readonly disabled: boolean;
  readonly when?: Condition;
  readonly asserts: readonly Assertion[];
  readonly outputs: readonly Output[];
  readonly retry?: Retry;
  readonly timeoutMs?: Setting<number>;
  readonly onError: 'fail' | 'continue';
  /** Run in order when the step did not pass; they see `error.message`, `error.code`, `failed_step.id`. */
  readonly errorSteps: readonly Step[];
  /** Set when the author said it; otherwise the action decides. */
  readonly effect?: Effect;
  readonly onUnknown?: 'rerun' | 'fail' | 'verify';
  readonly verify: readonly Step[];
}

/** A boolean expression as written in `when`, `condition`, `stop_if`. */
export interface Condition {
  readonly text: string;
  readonly expression: Expression;
  readonly span: Span;
}

export interface ActionStep extends StepBase {
  readonly kind: 'action';
  /** A map template with canonical keys; overrides of the environment are merged under it when it is rendered. */
  readonly config: Template;
  readonly configSpan: Span;
  /** Where the value of each of its keys stands. */
  readonly configPlaces: ReadonlyMap<string, Span>;
  /** What the language knows of the action. */
  readonly schema: ActionSchema;
  /** Files that the config names and the step reads, as far as no template names them. */
  readonly files: readonly { readonly path: string; readonly span: Span }[];
  /** Config keys the action cannot do without and the file leaves to the environment. */
  readonly leftToEnvironment: readonly string[];
}

export interface ParallelStep extends StepBase {
  readonly kind: 'parallel';
  readonly branches: readonly { readonly name: string; readonly steps: readonly Step[] }[];
  readonly maxConcurrent?: Setting<number>;
  readonly failFast: boolean;
}

export interface ForEachStep extends StepBase {
  readonly kind: 'for_each';
  readonly over:
    | { readonly kind: 'items'; readonly template: Template }
    | {
        readonly kind: 'range';
        readonly start: Setting<number>;
        readonly end: Setting<number>;
        readonly step: Setting<number>;
      }
    | { readonly kind: 'glob'; readonly pattern: Template }
    | { readonly kind: 'rows'; readonly file: Template };
  readonly itemName: string;
  readonly indexName: string;
  /** Where what is gone through, and the two names, are written; the action where they are not. */
  readonly places: { readonly over: Span; readonly itemName: Span; readonly indexName: Span };
  readonly steps: readonly Step[];
  readonly maxConcurrent: Setting<number>;
  readonly maxIterations?: Setting<number>;
  readonly continueOnError: boolean;
  readonly allowEmpty: boolean;
}

export interface ConditionStep extends StepBase {
  readonly kind: 'condition';
  readonly condition: Condition;
  readonly then: readonly Step[];
  readonly else: readonly Step[];
}

export interface WaitUntilStep extends StepBase {
  readonly kind: 'wait_until';
  readonly condition: Condition;
  /** A condition that makes further waiting pointless: the step fails at once. */
  readonly stopIf?: Condition;
  readonly steps: readonly Step[];
  readonly intervalMs: Setting<number>;
  readonly maxDurationMs: Setting<number>;
  readonly onTimeout: 'fail' | 'continue';
}

export interface RunFlowStep extends StepBase {
  readonly kind: 'run_flow';
  /** A path relative to this file. */
  readonly flow: Setting<string>;
  readonly input: Template;
  /** Where each key of `input` and its value stand. */
  readonly inputPlaces: ReadonlyMap<string, { readonly key: Span; readonly value: Span }>;
  /** A JSON file of more inputs, relative to this file; `input` lies over it. */
  readonly inputFile?: Setting<string>;
  readonly inheritEnv: boolean;
}

export type Step = ActionStep | ParallelStep | ForEachStep | ConditionStep | WaitUntilStep | RunFlowStep;

/** A named environment: `environments/NAME.yaml`. */
export interface Environment {
  readonly name: string;
  readonly file: string;
  readonly text: string;
  readonly variables: readonly (Definition & { readonly secret: boolean })[];
  readonly services: readonly Definition[];
  /** Canonical action name → config template that lies under the step's own config. */
  readonly overrides: ReadonlyMap<string, Template>;
  readonly headers: Template | undefined;
  readonly protected: boolean;
  /** Every root name that its definitions and overrides mention. */
  readonly mentions: ReadonlySet<string>;
}
