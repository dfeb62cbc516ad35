import type { RunRequest } from '@testmesh/commands';
import { Problem, type ProblemDetail } from '@testmesh/contracts';
import type { RecordedEvent, RunEvent, Value, ValueMap } from '@testmesh/domain';
import { builtinNames, type Environment, type Flow, type Step, withNested } from '@testmesh/flow';

// What a run was given and nobody kept. Invariants:
// A1. A re-run is given all that its first run was given, or is refused with what it lacks: no default stands in for it.
// A2. A value that lies over another one, in the first run as in the re-run, stands in for it.

export type Requested = Extract<RunEvent, { readonly type: 'RunRequested' }>;

export type GivenAgain = Pick<RunRequest, 'variables' | 'env_file_variables' | 'flow_env_file_variables'> & {
  readonly os_variables?: RunRequest['os_variables'] | undefined;
  readonly test_environment?: RunRequest['test_environment'] | null;
};

/** Variables of the first run that the re-run takes as they were. */
export const keptVariables = (first: Requested, again: GivenAgain): ValueMap => {
  const over = overAll(again);
  return Object.fromEntries(Object.entries(first.variables).filter(([name]) => !over.has(name)));
};

const overAll = (again: GivenAgain): ReadonlySet<string> =>
  new Set([...Object.keys(again.variables), ...Object.keys(again.env_file_variables)]);

/** Refuses a re-run that lacks something of which the first run's request tells no more than the name. */
export const demandLost = (runId: string, first: Requested, again: GivenAgain): void => {
  const { variables } = first;
  const { osVariables = [], flowEnvFileVariables = [] } = first.given ?? {};
  const masked = first.given?.maskedVariables ?? Object.keys(variables).filter((name) => isMasked(variables[name]));
  const over = overAll(again);
  const under = (name: string): boolean => over.has(name) || Object.hasOwn(variables, name);
  const lost = [
    ...lostOf(masked, (name) => over.has(name), ['variables', 'was secret and is not kept']),
    ...lostOf(osVariables, (name) => under(name) || Object.hasOwn(again.os_variables ?? {}, name), [
      'os_variables',
      'was given of an OS and is not kept',
    ]),
    ...lostOf(flowEnvFileVariables, (name) => under(name) || Object.hasOwn(again.flow_env_file_variables ?? {}, name), [
      'flow_env_file_variables',
      'was given of an env file and is not kept',
    ]),
  ];
  if (first.given?.testEnvironment === null && again.test_environment === undefined) lost.push(SECRET_ENVIRONMENT);
  if (lost.length === 0) return;
  const names = [...new Set(lost.map(({ name }) => name))].join(', ');
  throw new Problem(
    'cannot-be-done',
    `give ${names} anew: what ${runId} was given of an OS, of an env file and of secrets went with its end`,
    { errors: lost.map(({ detail }) => detail) },
  );
};

interface Lost {
  readonly name: string;
  readonly detail: ProblemDetail;
}

const SECRET_ENVIRONMENT: Lost = {
  name: 'test_environment',
  detail: { pointer: '/test_environment', message: 'held a secret and is not kept' },
};

const lostOf = (
  names: readonly string[],
  isGiven: (name: string) => boolean,
  [key, message]: readonly [string, string],
): readonly Lost[] =>
  names.filter((name) => !isGiven(name)).map((name) => ({ name, detail: { pointer: `/${key}/${name}`, message } }));

export const isSecret = (value: Value | undefined): boolean =>
  typeof value === 'object' && value !== null && typeof (value as ValueMap)['$secret'] === 'string';

/** What a request of version 1 does not tell: the value stood for a secret, or may have had one in it. */
const isMasked = (value: Value | undefined): boolean =>
  isSecret(value) || (JSON.stringify(value) ?? '').includes('***');

/** Refuses the re-run of a run of which nobody wrote down what it said of its test environment, where it may have said something. */
export const demandEnvironmentSaid = (runId: string, history: Iterable<Pick<RecordedEvent, 'type'>>): void => {
  const types = new Set(Array.from(history, ({ type }) => type));
  const actedInNone = types.has('StepStarted') && !types.has('EnvironmentAwaited') && !types.has('EnvironmentEntered');
  if (actedInNone) return;
  throw new Problem(
    'cannot-be-done',
    `${runId} was recorded before it was kept what a run says of its test environment: send it as test_environment, null for what the flow says alone`,
    { errors: [{ pointer: '/test_environment', message: `has to say what ${runId} said; null for nothing` }] },
  );
};

interface Checked {
  readonly flow: Flow;
  readonly environment: Environment | undefined;
  readonly flowEnvFileVariables: ReadonlyMap<string, Value>;
}

/** Refuses the re-run of a run of which nobody wrote down what OS variables it had, while its flow may have taken one. */
export const demandSaid = (runId: string, request: Pick<RunRequest, 'variables'>, checked: Checked): void => {
  const { flow, environment, flowEnvFileVariables } = checked;
  const known = new Set([
    ...builtinNames,
    ...Object.keys(request.variables),
    ...flowEnvFileVariables.keys(),
    ...[...flow.env, ...(environment?.variables ?? [])].map(({ name }) => name),
    ...[...flow.setup, ...flow.steps, ...flow.teardown].flatMap(withNested).flatMap(namesOf),
  ]);
  const names = [...flow.mentions, ...(environment?.mentions ?? [])].filter(
    (name) => !known.has(name) && /^[A-Za-z_]/.test(name) && !name.includes('.'),
  );
  if (names.length === 0) return;
  throw new Problem(
    'cannot-be-done',
    `${runId} was recorded before it was kept which OS variables a run had, and its flow mentions ${names.join(', ')}: send what it had as os_variables, {} for none`,
    { errors: [{ pointer: '/os_variables', message: `has to say what ${runId} had; {} for none` }] },
  );
};

/** What a step itself brings: no OS variable stands there. */
const namesOf = (step: Step): readonly string[] => [
  step.id,
  ...step.outputs.map(({ name }) => name),
  ...(step.kind === 'action' ? [...Object.keys(step.schema.result), ...Object.keys(step.schema.resultAliases)] : []),
];
