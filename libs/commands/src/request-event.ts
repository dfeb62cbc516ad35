import type { RunInputs } from '@testmesh/contracts';
import {
  canonicalJson,
  type GivenToRun,
  type RunEvent,
  type RunTrigger,
  type Value,
  type ValueMap,
} from '@testmesh/domain';
import { Masker, secretNamesOf } from '@testmesh/engine';
import { askedOf } from '@testmesh/runtime';
import type { CheckedFlow } from './check-request.ts';
import { beside } from './flow-files.ts';
import type { RunRequest } from './run-request.ts';

// What a journal tells of a request. Invariants:
// Q3. No value of a marked variable, or of one that the flow makes a credential of, is in the event; the inputs hold it, encrypted, until the run's end.
// Q4. Whatever the run was given and the event does not hold is named there: a re-run asks for it, and takes no default in its place.

export type RequestedEvent = Extract<RunEvent, { readonly type: 'RunRequested' }>;

interface Kept {
  /** Of the manifest of its files. */
  readonly bundle: string;
  readonly trigger: RunTrigger;
  /** Of the stored flow whose files came as a bundle. */
  readonly flowId: string | undefined;
}

export const requestEvent = (
  request: RunRequest,
  checked: CheckedFlow,
  inputs: RunInputs,
  { bundle, trigger, flowId }: Kept,
): RequestedEvent => {
  const { flow } = checked;
  const { name, file, hash } = flow;
  const id = request.flow_id ?? flowId;
  const masker = maskerOf(checked, inputs);
  const variables = maskedVariables(checked, inputs, masker);
  return {
    type: 'RunRequested',
    flow: { ...(id !== undefined && { id }), name, file, hash },
    ...(inputs.environment !== undefined && { environment: inputs.environment.name }),
    variables,
    given: {
      ...givenBeside(request, checked, { inputs, shown: variables }),
      ...(inputs.testEnvironment && { testEnvironment: unlessSecret(askedOf(inputs.testEnvironment), masker) }),
    },
    tags: [...new Set([...flow.tags, ...request.tags])],
    bundle,
    trigger,
    pool: request.pool,
    restartable: flow.restartable,
  };
};

const givenBeside = (
  request: RunRequest,
  checked: CheckedFlow,
  { inputs, shown }: { readonly inputs: RunInputs; readonly shown: ValueMap },
): GivenToRun => {
  const given = variablesOf(inputs);
  const isRead = request.flow_env_file_variables === undefined && keepsEnvFile(checked);
  return {
    osVariables: Object.keys(inputs.osVariables),
    flowEnvFileVariables: isRead ? [] : Object.keys(inputs.flowEnvFileVariables),
    maskedVariables: Object.keys(given).filter((name) => !isSame(given[name] ?? null, shown[name] ?? null)),
    secretNames: inputs.secretNames,
  };
};

/** The flow's env file is among the files of the run, since another flow of it has the same one. */
const keepsEnvFile = ({ flow, files }: CheckedFlow): boolean => {
  const file = flow.envFile && beside(flow.file, flow.envFile.path);
  return file !== undefined && files.has(file);
};

const unlessSecret = (asked: ValueMap | undefined, masker: Masker): ValueMap | null =>
  asked === undefined || !isSame(asked, masker.value(asked)) ? null : asked;

const isSame = (here: Value, there: Value): boolean => canonicalJson(here) === canonicalJson(there);

const variablesOf = (inputs: RunInputs): ValueMap => ({ ...inputs.envFileVariables, ...inputs.variables }) as ValueMap;

const markedNames = ({ flow, environment }: CheckedFlow, { secretNames }: RunInputs): ReadonlySet<string> =>
  secretNamesOf(flow, environment, secretNames);

const maskerOf = (checked: CheckedFlow, inputs: RunInputs): Masker => {
  const { environment, credentials } = checked;
  const marked = markedNames(checked, inputs);
  const everything = { ...inputs.osVariables, ...inputs.flowEnvFileVariables, ...variablesOf(inputs) } as ValueMap;
  const masker = new Masker();
  for (const [name, value] of Object.entries(everything)) {
    if (marked.has(name)) masker.addSecret(value);
    else if (credentials.has(name) && typeof value === 'string') masker.inferCredential(value);
  }
  for (const { secret, template } of environment?.variables ?? []) {
    if (secret && template.kind === 'constant') masker.addSecret(template.value);
  }
  return masker;
};

/** Marked variables, and those that credentials are made of, by their names; in the others, whatever such a one holds. */
const maskedVariables = (checked: CheckedFlow, inputs: RunInputs, masker: Masker): ValueMap => {
  const apart = new Set([...markedNames(checked, inputs), ...checked.credentials]);
  return Object.fromEntries(
    Object.entries(variablesOf(inputs)).map(([name, value]) => [
      name,
      apart.has(name) ? { $secret: name } : masker.value(value),
    ]),
  );
};
