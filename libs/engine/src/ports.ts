import type { Action } from '@testmesh/action-kit';
import type { RunEvent, RunId, StepError, Value, ValueMap, Verdict } from '@testmesh/domain';
import type { Environment, Flow, SchemaCheck } from '@testmesh/flow';
import type { BlobStore, Clock, OutboundPolicy, Random, RunRecorder } from '@testmesh/ports';

/** Everything that decides what a run does. */
export interface RunInput {
  readonly runId: RunId;
  readonly flow: Flow;
  readonly environment?: Environment | undefined;
  /** `--var` and request variables: above everything but what the run captures. */
  readonly variables: ReadonlyMap<string, Value>;
  /** From `--env-file`. */
  readonly envFileVariables: ReadonlyMap<string, Value>;
  /** From the flow's own `env_file`. */
  readonly flowEnvFileVariables: ReadonlyMap<string, Value>;
  /** Only the names that the flow mentions. */
  readonly osVariables: ReadonlyMap<string, Value>;
  /** Names whose values are masked, beside those that the flow and the environment mark. */
  readonly secretNames: readonly string[];
  /** Names that flows of the run make credentials of, where whoever gave them knows more than the first flow says. */
  readonly credentialNames?: readonly string[] | undefined;
  readonly seed: string;
  readonly tags: readonly string[];
  /** What the request says of the test environment; it lies over what the flow says. */
  readonly testEnvironment?: ValueMap | undefined;
  /** Everything the journal holds of this run, in order; empty or absent for a new one. */
  readonly history?: readonly RunEvent[];
  /** What earlier owners gave to `keepSecret`, by name. */
  readonly kept?: ReadonlyMap<string, string>;
  /** When the history's RunStarted was recorded, ms since 1970; `now` when nothing says it. */
  readonly startedAt?: number;
}

/** A test environment that the run has to itself. */
export interface EnteredEnvironment {
  readonly id: string;
  readonly name: string;
  readonly context: string;
  readonly namespace: string;
  readonly epoch: number;
  readonly reused: boolean;
  readonly waitedMs: number;
  /** What is deployed in the namespace; empty where nobody said. */
  readonly deployed: readonly string[];
  /** Service name to URL. */
  readonly routes: Readonly<Record<string, string>>;
  /** Sent with each HTTP request. */
  readonly headers: Readonly<Record<string, string>>;
  /** Aborts, with words for people, when the run does not have it any more. */
  readonly lost: AbortSignal;
}

/** `gone`: the environment that the run had cannot be had again as it was left. */
export type Entering =
  | { readonly outcome: 'entered'; readonly environment: EnteredEnvironment }
  | { readonly outcome: 'refused'; readonly error: StepError }
  | { readonly outcome: 'gone'; readonly message: string };

export interface EnvironmentWish {
  /** Of the flow and the request, rendered. */
  readonly wanted: ValueMap;
  /** What an earlier owner of the run had. */
  readonly had: { readonly id: string; readonly epoch: number } | undefined;
  readonly signal: AbortSignal;
  readonly onWait: (waiting: Pick<Awaited, 'context' | 'environment' | 'status'>) => void;
}

type Awaited = Extract<RunEvent, { readonly type: 'EnvironmentAwaited' }>;

/** Rejects when `signal` aborts. */
export type EnterEnvironment = (wish: EnvironmentWish) => Promise<Entering>;

/** Everything the engine may touch. If it is not here, a run cannot reach it. */
export interface EnginePorts {
  readonly recorder: RunRecorder;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly random: (seed: string) => Random;
  readonly action: (type: string) => Promise<Action>;
  /** The flow at a path relative to the folder of the flow `from`. */
  readonly childFlow: (path: string, from: string) => Promise<Flow>;
  /** A path relative to where the person stands, as `flow.file` is. */
  readonly readFile: (path: string) => Promise<Uint8Array>;
  /** Absent where a run has no project folder of its own: on a server. */
  readonly writeFile?: ((path: string, bytes: Uint8Array) => Promise<void>) | undefined;
  readonly glob: (pattern: string) => Promise<readonly string[]>;
  readonly schemaCheck?: SchemaCheck | undefined;
  /** Loaded by the first step that checks against an XML Schema. */
  readonly xmlSchemaCheck?: (() => Promise<SchemaCheck>) | undefined;
  /** What the run may reach of the world; absent where a person runs their own flows. */
  readonly outbound?: OutboundPolicy | undefined;
  /** Cancels the run; teardown follows. */
  readonly signal: AbortSignal;
  /** Gives up teardown too. */
  readonly force: AbortSignal;
  /** Keeps a text that facts must not show and a later owner needs; durable when it resolves. Absent where nobody takes over. */
  readonly keepSecret?: ((name: string, value: string) => Promise<void>) | undefined;
  /** Gives the run a test environment; absent where no server keeps any. */
  readonly enterEnvironment?: EnterEnvironment | undefined;
  readonly onEvent?: ((event: RunEvent) => void) | undefined;
  readonly log: (message: string, fields?: ValueMap) => void;
}

export interface RunOutcome {
  readonly verdict: Verdict;
  /** The line a person reads first: what failed, what was excused, or why nothing was checked. */
  readonly reason?: string;
  readonly error?: StepError;
  /** What the flow declares under `outputs`, else all it captured; masked. */
  readonly outputs: ValueMap;
}
