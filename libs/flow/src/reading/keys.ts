// Every key of a flow file that is not an action's own: the one list that the reader and the JSON Schema share.

/** What may stand after a key. */
export type Shape =
  | { readonly kind: 'text' | 'texts' | 'boolean' | 'duration' | 'count' | 'share' | 'condition' | 'any' | 'values' }
  | { readonly kind: 'steps' | 'branches' | 'assertions' | 'outputs' | 'list' | 'number' }
  | { readonly kind: 'choice'; readonly of: readonly string[] }
  | { readonly kind: 'keys'; readonly of: Keys }
  | { readonly kind: 'named'; readonly of: Keys }
  | { readonly kind: 'oneOf'; readonly of: readonly Shape[] };

interface Key {
  readonly shape: Shape;
  readonly description: string;
  /** Other spellings of the key. */
  readonly aliases?: readonly string[];
}

export type Keys = Readonly<Record<string, Key>>;

const text: Shape = { kind: 'text' };
const texts: Shape = { kind: 'texts' };
const flag: Shape = { kind: 'boolean' };
const duration: Shape = { kind: 'duration' };
const count: Shape = { kind: 'count' };
const condition: Shape = { kind: 'condition' };
const steps: Shape = { kind: 'steps' };
const assertions: Shape = { kind: 'assertions' };
const outputs: Shape = { kind: 'outputs' };
const choice = <const Words extends readonly string[]>(...of: Words) => ({ kind: 'choice', of }) as const;

export const RETRY_KEYS = {
  max_attempts: { shape: count, description: 'Attempts in all, the first included.', aliases: ['attempts'] },
  delay: { shape: duration, description: 'Pause before the second attempt; default 1s.', aliases: ['initial_delay'] },
  max_delay: { shape: duration, description: 'No pause grows beyond this.' },
  max_elapsed: { shape: duration, description: 'No attempt starts after this much time.' },
  backoff: { shape: choice('constant', 'fixed', 'linear', 'exponential'), description: 'How the pause grows.' },
  jitter: {
    shape: { kind: 'oneOf', of: [flag, { kind: 'share' }] },
    description: 'The part of the pause that is random, 0 to 1; true is 0.5.',
  },
  retry_on: {
    shape: texts,
    description: 'Only these codes, statuses or texts of errors are tried again.',
    aliases: ['retry_on_status'],
  },
  retry_on_not: { shape: texts, description: 'These codes, statuses or texts of errors are not tried again.' },
  enabled: { shape: flag, description: 'False switches the retry off.' },
} as const satisfies Keys;

const retry: Shape = { kind: 'oneOf', of: [count, { kind: 'keys', of: RETRY_KEYS }] };

export const ON_ERROR_KEYS = {
  action: { shape: choice('fail', 'continue', 'retry'), description: 'What becomes of the run.' },
  error_steps: { shape: steps, description: 'Steps that run when this one did not pass.' },
  on_timeout: {
    shape: choice('fail', 'continue', 'retry'),
    description: 'A timeout is an error like any other: the same as `action`.',
  },
} as const satisfies Keys;

export const STEP_KEYS = {
  id: { shape: text, description: 'What other steps call this one.' },
  action: { shape: text, description: 'What the step does.' },
  name: { shape: text, description: 'A title for the report.' },
  description: { shape: text, description: 'What the step is for.' },
  config: { shape: { kind: 'any' }, description: "The action's settings." },
  assert: { shape: assertions, description: 'All of these must hold.' },
  assert_any: { shape: assertions, description: 'At least one of these must hold.' },
  assert_none: { shape: assertions, description: 'None of these may hold.' },
  output: { shape: outputs, description: 'Names for parts of the result.', aliases: ['save', 'extract'] },
  when: { shape: condition, description: 'The step is skipped unless this holds.' },
  disabled: { shape: flag, description: 'True leaves the step out.' },
  tags: { shape: texts, description: 'Labels.' },
  timeout: { shape: duration, description: 'The limit of each attempt.' },
  retry: { shape: retry, description: 'Attempts in all, or how to try again.' },
  on_error: {
    shape: { kind: 'oneOf', of: [choice('fail', 'continue', 'retry'), { kind: 'keys', of: ON_ERROR_KEYS }] },
    description: 'Whether a failure of this step fails the run.',
    aliases: ['onError'],
  },
  error_steps: { shape: steps, description: 'Steps that run when this one did not pass.' },
  effect: { shape: choice('repeatable', 'once'), description: 'What may happen twice when the runner dies.' },
  on_unknown: {
    shape: choice('rerun', 'fail', 'verify'),
    description: 'What to do when nobody knows whether it happened.',
  },
  verify: { shape: steps, description: 'Steps that find out whether it happened.' },
} as const satisfies Keys;

export const BRANCH_KEYS = {
  name: { shape: text, description: "The branch's name in the report.", aliases: ['id'] },
  steps: { shape: steps, description: 'Steps of the branch, one after another.' },
} as const satisfies Keys;

export const RANGE_KEYS = {
  start: { shape: { kind: 'number' }, description: 'The first number; default 1.', aliases: ['from'] },
  end: { shape: { kind: 'number' }, description: 'The last number, included.', aliases: ['to'] },
  step: { shape: { kind: 'number' }, description: 'The distance; default 1.' },
} as const satisfies Keys;

export const PARALLEL_KEYS = {
  branches: { shape: { kind: 'branches' }, description: 'Lists of steps that run side by side.' },
  steps: { shape: steps, description: 'Steps that run side by side, each a branch of its own.' },
  max_concurrent: { shape: count, description: 'How many branches run at once; default all.' },
  fail_fast: { shape: flag, description: 'A failed branch stops the others; default true.' },
} as const satisfies Keys;

export const FOR_EACH_KEYS = {
  items: {
    shape: { kind: 'oneOf', of: [{ kind: 'list' }, text] },
    description: 'A list, or a template that gives one.',
  },
  range: { shape: { kind: 'keys', of: RANGE_KEYS }, description: 'Numbers, both ends included.' },
  items_from_glob: { shape: text, description: 'A pattern of file names.', aliases: ['glob'] },
  items_from_file: {
    shape: text,
    description: 'A CSV or JSON file whose rows are the items.',
    aliases: ['items_from_csv', 'items_from_json', 'rows'],
  },
  item_name: { shape: text, description: 'The name of the item; default `item`.', aliases: ['item_var', 'as'] },
  index_name: { shape: text, description: 'The name of its position from 0; default `index`.', aliases: ['index_var'] },
  steps: { shape: steps, description: 'Steps that run for each item.' },
  max_concurrent: { shape: count, description: 'How many items at once; default 1.' },
  max_iterations: { shape: count, description: 'More items than this are an error.' },
  continue_on_error: { shape: flag, description: 'A failed item does not end the loop.' },
  allow_empty: { shape: flag, description: 'An empty list is not a failure.' },
} as const satisfies Keys;

export const CONDITION_KEYS = {
  condition: { shape: condition, description: 'Decides which steps run.', aliases: ['expression', 'when'] },
  // biome-ignore lint/suspicious/noThenProperty: it is a key of the language
  then: { shape: steps, description: 'Steps that run when it holds.', aliases: ['then_steps', 'steps'] },
  else: { shape: steps, description: 'Steps that run when it does not.', aliases: ['else_steps'] },
} as const satisfies Keys;

export const WAIT_UNTIL_KEYS = {
  condition: { shape: condition, description: 'What is waited for.', aliases: ['expression', 'until'] },
  stop_if: { shape: condition, description: 'Makes further waiting pointless: the step fails at once.' },
  steps: { shape: steps, description: 'Steps that run before each look at the condition.' },
  interval: { shape: duration, description: 'Pause between two looks; default 1s.', aliases: ['poll_interval'] },
  max_duration: { shape: duration, description: 'How long to wait; default 30s.', aliases: ['timeout'] },
  on_timeout: { shape: choice('fail', 'continue'), description: 'What follows when it never holds.' },
} as const satisfies Keys;

export const RUN_FLOW_KEYS = {
  flow: { shape: text, description: "The other flow's file, relative to this one.", aliases: ['file', 'path'] },
  input: {
    shape: { kind: 'values' },
    description: "Values for the other flow's inputs.",
    aliases: ['inputs', 'variables'],
  },
  input_file: { shape: text, description: 'A JSON file with a map of further inputs; `input` lies over it.' },
  inherit_env: { shape: flag, description: 'Whether it sees the names of this flow; default true.' },
} as const satisfies Keys;

/** The actions that run nested steps; the reader owns them, the engine carries them out. */
export const CONTROL_FLOW = {
  parallel: { keys: PARALLEL_KEYS, summary: 'Run branches side by side.' },
  for_each: { keys: FOR_EACH_KEYS, summary: 'Run steps for each item of a list.' },
  condition: { keys: CONDITION_KEYS, summary: 'Run steps depending on a condition.' },
  wait_until: { keys: WAIT_UNTIL_KEYS, summary: 'Run steps until a condition holds.' },
  run_flow: { keys: RUN_FLOW_KEYS, summary: 'Run another flow as one step.' },
} as const satisfies Readonly<Record<string, { keys: Keys; summary: string }>>;

export type ControlFlow = keyof typeof CONTROL_FLOW;

export const INPUT_KEYS = {
  type: {
    shape: choice('string', 'number', 'boolean', 'object', 'list', 'any'),
    description: 'What kind of value it takes; default any.',
  },
  required: { shape: flag, description: 'Whether it must be given; default true without a default.' },
  default: { shape: { kind: 'any' }, description: 'Its value when none is given.' },
  description: { shape: text, description: 'What it is for.' },
} as const satisfies Keys;

export const RESOURCES_KEYS = {
  exclusive: { shape: texts, description: 'Locks: flows that name the same one never run at the same time.' },
} as const satisfies Keys;

const TEST_ENVIRONMENT_ROUTING_KEYS = {
  headers: { shape: { kind: 'values' }, description: 'Headers under those of each HTTP request.' },
} as const satisfies Keys;

export const TEST_ENVIRONMENT_KEYS = {
  context: { shape: text, description: 'Which environment: runs that name the same context share one, in turn.' },
  on_busy: {
    shape: choice('wait', 'new', 'fail'),
    description: 'While another run uses it: wait (the default), have another one made, or fail.',
  },
  wait_minutes: { shape: count, description: 'A run that has none by then has failed; default 30.' },
  ttl_minutes: { shape: count, description: 'It is destroyed when no run used it for so long; default 120.' },
  ready_within_minutes: { shape: count, description: 'A provisioning that takes longer has failed; default 15.' },
  name: { shape: text, description: 'What people call it; default its context.' },
  provider: { shape: text, description: 'What deploys it; default argocd.' },
  provider_app_name: { shape: text, description: 'The Application that deploys it.' },
  cluster: { shape: text, description: 'Where it is; default `default`.' },
  namespace: { shape: text, description: 'The namespace it consists of; without one none can be made.' },
  services: {
    shape: { kind: 'list' },
    description: 'What is deployed in the namespace: {name, image, source_ref, repo}.',
  },
  routing_policy: { shape: { kind: 'values' }, description: 'Addresses by the name that `${service.NAME}` uses.' },
  routing: { shape: { kind: 'keys', of: TEST_ENVIRONMENT_ROUTING_KEYS }, description: 'How its services are reached.' },
  settings: { shape: { kind: 'values' }, description: 'What only its provider understands: a template, variables.' },
} as const satisfies Keys;

const LIMIT_KEYS = {
  timeout: { shape: duration, description: 'The limit of the whole flow, teardown not counted.' },
  teardown_timeout: { shape: duration, description: 'The limit of the teardown.' },
  fail_fast: { shape: flag, description: 'False runs the remaining steps after a failed one.' },
  retry: { shape: retry, description: 'How steps that do not say so themselves are tried again.' },
} as const satisfies Keys;

export const FLOW_CONFIG_KEYS = LIMIT_KEYS;

export const FLOW_KEYS = {
  name: { shape: text, description: 'What the flow is called.' },
  description: { shape: text, description: 'What the flow proves.' },
  suite: { shape: text, description: 'The group it belongs to.' },
  tags: { shape: texts, description: 'Labels that `--tags` selects by.' },
  inputs: { shape: { kind: 'named', of: INPUT_KEYS }, description: 'Names that must be given from outside.' },
  outputs: { shape: outputs, description: 'What a flow that runs this one sees of it.' },
  env_file: { shape: text, description: 'A file of NAME=value lines, relative to this one.' },
  env: { shape: { kind: 'values' }, description: 'Names and values; they may refer to one another.' },
  secrets: { shape: texts, description: 'Names whose values are masked everywhere.' },
  resources: { shape: { kind: 'keys', of: RESOURCES_KEYS }, description: 'What the flow must have for itself.' },
  test_environment: {
    shape: { kind: 'oneOf', of: [text, { kind: 'keys', of: TEST_ENVIRONMENT_KEYS }] },
    description: 'The test environment that the flow needs to itself: its context, or more about it.',
  },
  config: { shape: { kind: 'keys', of: FLOW_CONFIG_KEYS }, description: 'Settings of the whole flow.' },
  ...LIMIT_KEYS,
  restartable: { shape: flag, description: 'Whether a lost run may start again from the beginning.' },
  setup: { shape: steps, description: 'Steps that prepare.' },
  steps: { shape: steps, description: 'Steps that test.' },
  teardown: { shape: steps, description: 'Steps that clean up, whatever happened.' },
} as const satisfies Keys;
