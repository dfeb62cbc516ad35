import type { AssertionRecord, Exchange, Value, ValueMap } from '@testmesh/domain';
import type { Clock, OutboundPolicy, Random } from '@testmesh/ports';

/** How the step's own assertions look at a result, for actions that wait until they hold or skip what is not theirs. */
export interface Expectations {
  /** Whether some assertion of the step names this root: `status`, `error`. */
  readonly names: (root: string) => boolean;
  /** Judges the step's assertions against a candidate result; `missing` is true when only absent paths stood in the way. */
  readonly judge: (result: ValueMap) => { readonly holds: boolean; readonly records: readonly AssertionRecord[] };
  /** Whether the step has any assertion. */
  readonly present: boolean;
  /**
   * Equalities between a path of the result and a value captured or generated in this run
   * (`messages[0].order_id == "${order_id}"` gives `{ path: ['messages', 0, 'order_id'], value }`).
   */
  readonly correlations: readonly {
    readonly path: readonly (string | number)[];
    readonly value: Value;
    readonly expression: string;
  }[];
}

/** Everything an action may touch. If it is not here, an action cannot reach it. */
export interface ActionContext {
  readonly runId: string;
  readonly flowName: string;
  readonly stepPath: string;
  /** 1 for the first try of this step. */
  readonly attempt: number;
  /** Milliseconds since 1970 at which the run began. */
  readonly runStartedAt: number;
  /** Aborts on the step's timeout, the flow's timeout, a cancellation; its reason says which. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly random: Random;
  readonly expectations: Expectations;
  /** What this run may reach from here; every connection is opened through it. Absent: everything. */
  readonly outbound?: OutboundPolicy | undefined;
  /** W3C trace context to pass on. */
  readonly traceparent: string;
  /** Headers that the environment's routing adds under the step's own. */
  readonly routingHeaders: Readonly<Record<string, string>>;
  readonly log: (message: string, fields?: ValueMap) => void;
  /** From now on this text is masked wherever it appears in what the run records. */
  readonly secret: (text: string) => void;
  /** Reads a file named by the flow; a path outside the project root is refused. */
  readonly readFile: (path: string) => Promise<Uint8Array>;
  /** Writes a file named by the flow, folders included; a path outside the project root is refused. Absent where there is no project. */
  readonly writeFile?: (path: string, bytes: Uint8Array) => Promise<void>;
  /**
   * One thing per run and key (a pool, a cookie jar, a container): opened once, closed in reverse order when the run ends.
   * With `bound`, it is recorded as dying with this process. A parallel branch has its own `scope: 'branch'` things.
   */
  readonly use: <T>(
    resource: {
      readonly kind: string;
      readonly key: string;
      readonly bound?: boolean;
      readonly scope?: 'run' | 'branch';
    },
    open: () => Promise<T>,
    close: (thing: T) => Promise<void>,
  ) => Promise<T>;
  /** Closes a thing opened by `use` before the run ends; false when there is none under that kind and key. */
  readonly release: (kind: string, key: string) => Promise<boolean>;
  /** Where a stream stood when the run began; taken once per run and resource, recorded, and kept on take-over. */
  readonly positions: <T extends Value>(resource: string, take: () => Promise<T>) => Promise<T>;
}

/** Retrying is the engine's business, never an action's. */
export type ActionOutcome =
  | {
      readonly kind: 'completed';
      readonly output: ValueMap;
      readonly exchange?: Exchange;
      /** Expectations the action judged by itself: an HTTP status below 400, at least one message. */
      readonly implied?: readonly AssertionRecord[];
    }
  | {
      readonly kind: 'not-carried-out';
      /** The driver's code (`ECONNREFUSED`, `28P01`) or one of ours (`TM4…`). */
      readonly code: string;
      /** A sentence a person understands, with address and cause. */
      readonly reason: string;
      readonly help?: string;
      /** The key of the config that is at fault, when it is one. */
      readonly at?: string;
      readonly exchange?: Exchange;
      /** More for `error.<key>` in assertions. */
      readonly details?: ValueMap;
    };
