import { ExactNumber, type RunEvent, type Value, type ValueMap } from '@testmesh/domain';
import * as z from 'zod';

// The shape of every fact that an executor may tell. What is not named here is not stored.

/** What the queue and the API write themselves; nobody else tells it. */
type PlatformEvent =
  | 'RunRequested'
  | 'RunClaimed'
  | 'RunLeaseExpired'
  | 'RunReleased'
  | 'RunParked'
  | 'RunUnparked'
  | 'RunCancelRequested';
export type ExecutorEvent = Exclude<RunEvent, { readonly type: PlatformEvent }>;

const TEXT = 2_000_000;
const text = z.string().max(TEXT);
const name = z.string().max(2000);
/** A number is as large as what reads it takes: columns and GraphQL count in 32 bits, and days of durations are summed up. */
const MOST = 10_000_000;
const YEAR_MS = 366 * 24 * 3_600_000;
const ms = z.number().min(0).max(YEAR_MS);
const count = z.int().min(0).max(MOST);

const isMap = (value: unknown): value is ValueMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);
const value = z.custom<Value>((given) => given !== undefined);
const valueMap = z.custom<ValueMap>(isMap, 'must be an object');

const span = z.object({ file: name, line: count, column: count, endLine: count, endColumn: count });
const phase = z.enum(['setup', 'steps', 'teardown']);
const stepError = z.object({
  code: name,
  message: text,
  span: span.optional(),
  help: text.optional(),
  defect: z.boolean().optional(),
});
const stepIdentity = {
  path: name,
  id: name,
  title: text.optional(),
  phase,
  action: name,
  plugin: name.optional(),
  span,
  parent: name.optional(),
};
const attempt = z.object({
  status: z.enum(['passed', 'failed', 'error']),
  durationMs: ms,
  error: stepError.optional(),
  failures: z.array(text),
});
const assertion = z.object({
  expression: text,
  group: z.enum(['all', 'any', 'none', 'implied']),
  passed: z.boolean(),
  actual: value.optional(),
  expected: value.optional(),
  message: text.optional(),
  values: z.array(z.object({ text, value, span })),
  span: span.optional(),
});
const exchange = z.object({
  kind: name,
  summary: text,
  request: value.optional(),
  response: value.optional(),
  seen: value.optional(),
  curl: text.optional(),
});

const shapes = {
  RunRestarted: z.object({ reason: text }),
  RunStarted: z.object({
    seed: name,
    constants: valueMap,
    plan: z.array(z.object({ path: name, id: name, title: text.optional(), phase, action: name, span })),
  }),
  EnvironmentAwaited: z.object({ context: name, environment: name, status: name }),
  EnvironmentEntered: z.object({
    environment: name,
    name,
    context: name,
    namespace: name,
    epoch: count,
    reused: z.boolean(),
    waitedMs: ms,
    routes: z.array(z.object({ service: name, url: name, where: z.enum(['namespace', 'base']) })),
  }),
  SourceRecorded: z.object({ file: name, text }),
  PositionsRecorded: z.object({ resource: name, positions: value }),
  StepStarted: z.object({ ...stepIdentity, attempt: count, effect: z.enum(['repeatable', 'once']) }),
  StepCompleted: z.object({
    ...stepIdentity,
    status: z.enum(['passed', 'failed', 'error', 'skipped']),
    reason: text.optional(),
    excused: z.boolean(),
    attempts: z.array(attempt),
    durationMs: ms,
    assertions: z.array(assertion),
    checks: count,
    output: value.optional(),
    captured: valueMap,
    drawn: z.array(z.object({ builtin: name, value })).optional(),
    error: stepError.optional(),
    exchange: exchange.optional(),
  }),
  StepOutcomeUnknown: z.object({ path: name }),
  ResourceOpened: z.object({ kind: name, key: text, path: name, bound: z.literal('executor') }),
  ResourceClosed: z.object({ kind: name, key: text, error: stepError.optional() }),
  RunCompleted: z.object({
    verdict: z.enum(['passed', 'failed', 'error', 'cancelled', 'timed_out']),
    reason: text.optional(),
    error: stepError.optional(),
    teardown: z.object({ status: z.enum(['passed', 'failed', 'error', 'none']) }),
    outputs: valueMap,
    durationMs: ms,
  }),
} satisfies Record<ExecutorEvent['type'], z.ZodType>;

type Shapes = typeof shapes;
type Data<Type extends ExecutorEvent['type']> = Omit<Extract<ExecutorEvent, { readonly type: Type }>, 'type'>;
/** The keys of facts that no shape names: what is not stored would be lost in silence. */
type Unnamed = {
  [Type in ExecutorEvent['type']]: Exclude<keyof Data<Type>, keyof z.output<Shapes[Type]>>;
}[ExecutorEvent['type']];
const everyKeyIsNamed: [Unnamed] extends [never] ? true : Unnamed = true;

/** The shape of a fact's data; undefined for what no executor tells. */
export const shapeOf = (type: string): z.ZodType<ValueMap> | undefined =>
  everyKeyIsNamed && Object.hasOwn(shapes, type)
    ? (shapes[type as ExecutorEvent['type']] as unknown as z.ZodType<ValueMap>)
    : undefined;
