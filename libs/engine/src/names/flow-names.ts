import { ExactNumber, isNumber, type Span, type StepError, type Value, type ValueMap } from '@testmesh/domain';
import { type Environment, type Flow, type InputDeclaration, isConstant, type Meaning, render } from '@testmesh/flow';
import { emptyScope } from './step-scope.ts';

// What a flow's names mean before anything is captured. Invariants:
// E35. Low to high: OS · the flow's env_file · flow env · environment · --env-file · --var and inputs. Captured values come above (Memory).
// E36. Definitions are rendered where they are used; data is literal, also when it looks like a template.

type Layer = ReadonlyMap<string, Value>;

export interface NameSources {
  readonly flow: Flow;
  readonly environment: Environment | undefined;
  readonly constants: ValueMap;
  readonly os: Layer;
  readonly flowEnvFile: Layer;
  readonly envFile: Layer;
  /** `--var`, request variables, the input of a child flow. */
  readonly variables: Layer;
}

export const flowNames = (sources: NameSources): Map<string, Meaning> => {
  const { flow, environment, constants, os, flowEnvFile, envFile, variables } = sources;
  const names = new Map<string, Meaning>();
  const data = (layer: Iterable<readonly [string, Value]>): void => {
    for (const [name, value] of layer) names.set(name, { kind: 'value', value });
  };
  for (const input of flow.inputs) if (input.default !== undefined) data([[input.name, input.default]]);
  data(os);
  data(flowEnvFile);
  for (const { name, template } of flow.env) names.set(name, { kind: 'definition', template });
  for (const variable of environment?.variables ?? []) names.set(variable.name, environmentMeaning(variable));
  data(envFile);
  data(variables);
  data(Object.entries(constants));
  for (const { name, template } of environment?.services ?? []) {
    names.set(`service.${name}`, { kind: 'definition', template });
  }
  return names;
};

const environmentMeaning = ({ secret, template }: Environment['variables'][number]): Meaning => {
  if (!secret || !isConstant(template)) return { kind: 'definition', template };
  const rendered = render(template, emptyScope);
  return rendered.ok ? { kind: 'value', value: rendered.value } : { kind: 'definition', template };
};

/** Names whose values are masked. */
export const secretNamesOf = (
  flow: Pick<Flow, 'secrets'>,
  environment: Environment | undefined,
  more: Iterable<string>,
): ReadonlySet<string> =>
  new Set([
    ...flow.secrets,
    ...more,
    ...(environment?.variables ?? []).filter(({ secret }) => secret).map(({ name }) => name),
  ]);

/** What is wrong with the inputs of a flow, where they are declared or given; undefined when each is there and of its type. */
export const inputProblem = (
  flow: Flow,
  names: ReadonlyMap<string, Meaning>,
  givenAt?: (name: string) => Span,
): StepError | undefined => {
  for (const input of flow.inputs) {
    const meaning = names.get(input.name);
    const place = givenAt ? { ...input, span: givenAt(input.name) } : input;
    if (!meaning && input.required) return missing(flow, place);
    if (meaning?.kind === 'value' && !fits(meaning.value, input.type)) return mistyped(flow, place, meaning.value);
  }
  return undefined;
};

interface MistypedInput extends Pick<StepError, 'code' | 'message'> {
  readonly name: string;
  /** Where the flow declares it. */
  readonly span: InputDeclaration['span'];
}

/** Inputs that are given something of another type than the flow declares, known before anything runs. */
export const mistypedInputs = (sources: Omit<NameSources, 'constants'>): readonly MistypedInput[] => {
  const names = flowNames({ ...sources, constants: {} });
  return sources.flow.inputs.flatMap((input) => {
    const meaning = names.get(input.name);
    if (meaning?.kind !== 'value' || fits(meaning.value, input.type)) return [];
    const { code, message } = mistyped(sources.flow, input, meaning.value);
    return [{ code, message, name: input.name, span: input.span }];
  });
};

const missing = (flow: Flow, { name, type, span, description }: InputDeclaration): StepError => ({
  code: 'TM5020',
  message: `${flow.name} needs the input ${name}${description ? ` (${description})` : ''}, and nothing gives it`,
  span,
  help: `give it with --var ${name}=… or, from another flow, under input: {${name}: …} (${type})`,
  defect: true,
});

const mistyped = (flow: Flow, { name, type, span }: InputDeclaration, value: Value): StepError => ({
  code: 'TM5021',
  message: `the input ${name} of ${flow.name} must be ${article(type)}, and it is ${article(typeName(value))}`,
  span,
  defect: true,
});

const fits = (value: Value, type: InputDeclaration['type']): boolean => type === 'any' || typeName(value) === type;

const typeName = (value: Value): string => {
  if (value === null) return 'null';
  if (isNumber(value)) return 'number';
  if (Array.isArray(value)) return 'list';
  return value instanceof ExactNumber ? 'number' : typeof value;
};

const article = (type: string): string => (type === 'null' ? 'null' : `${/^[aeio]/.test(type) ? 'an' : 'a'} ${type}`);
