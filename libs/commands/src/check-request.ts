import { type Diagnostic, Problem, type ProblemDetail } from '@testmesh/contracts';
import { typedText, type Value } from '@testmesh/domain';
import { credentialVariables, mistypedInputs } from '@testmesh/engine';
import {
  type ActionCatalogue,
  checkFlow,
  type Environment,
  type Flow,
  readEnvFile,
  readEnvironment,
  readFlow,
} from '@testmesh/flow';
import type { NamedEnvironment } from './deps.ts';
import { beside, childFlows, type Files, textOf } from './flow-files.ts';

// A request is checked as `testmesh validate` checks a file: everything wrong with it at once, before anything is kept.

export interface RequestedFlow {
  /** The flow's path among `files`. */
  readonly entry: string;
  readonly files: Files;
  readonly environment: NamedEnvironment | undefined;
  readonly variables: ReadonlyMap<string, Value>;
  readonly envFileVariables: ReadonlyMap<string, Value>;
  /** Already read where the run was asked for; otherwise the file is sought in the bundle. */
  readonly flowEnvFileVariables: ReadonlyMap<string, Value> | undefined;
  readonly osVariables: ReadonlyMap<string, Value>;
  /** The request asks for a test environment. */
  readonly testEnvironment: boolean;
}

export interface CheckedFlow {
  readonly flow: Flow;
  readonly environment: Environment | undefined;
  readonly flowEnvFileVariables: ReadonlyMap<string, Value>;
  /** Only those that the flow and its environment mention. */
  readonly osVariables: ReadonlyMap<string, Value>;
  /** Files the run reads; the flow's own env file is not among them, its values are kept as secrets. */
  readonly files: Files;
  /** Names that the flow, or one that it runs, makes credentials of. */
  readonly credentials: ReadonlySet<string>;
  readonly warnings: readonly Diagnostic[];
}

export const checkRequest = async (requested: RequestedFlow, catalogue: ActionCatalogue): Promise<CheckedFlow> => {
  const { entry, files } = requested;
  const text = textOf(files, entry);
  if (text === undefined) {
    throw new Problem('invalid-request', `the bundle has no file ${entry}, which is its entry`, {
      errors: [{ pointer: '/bundle/entry', message: `${entry} is not among the files` }],
    });
  }
  const read = await readFlow({ file: entry, text }, catalogue);
  const environment =
    requested.environment && (await readEnvironment(requested.environment, requested.environment.name, catalogue));
  if (read.flow === undefined) throw invalid([...read.diagnostics, ...(environment?.diagnostics ?? [])]);
  const { flow } = read;
  const envFile = flowEnvFile(flow, requested);
  const mentioned = new Set([...flow.mentions, ...(environment?.environment?.mentions ?? [])]);
  const osVariables = new Map([...requested.osVariables].filter(([name]) => mentioned.has(name)));
  const children = await childFlows(flow, files, catalogue);
  const childOf = (path: string, from: Flow): Flow | undefined => children.get(beside(from.file, path) ?? '');
  const given = [requested.variables, requested.envFileVariables, envFile.variables, osVariables];
  const checked = checkFlow(flow, {
    environment: environment?.environment,
    missingInput: 'error',
    ...(requested.testEnvironment && { testEnvironment: true }),
    variables: new Set(given.flatMap((known) => [...known.keys()])),
    children: childOf,
    hasFile: (path, from) => files.has(beside(from.file, path) ?? ''),
    schemaText: (path, from) => textOf(files, beside(from.file, path)),
  });
  const diagnostics = [...read.diagnostics, ...envFile.diagnostics, ...(environment?.diagnostics ?? []), ...checked];
  const mistyped = mistypedInputs({
    flow,
    environment: environment?.environment,
    os: osVariables,
    flowEnvFile: envFile.variables,
    envFile: requested.envFileVariables,
    variables: requested.variables,
  });
  const isWrong = mistyped.length > 0 || diagnostics.some(({ severity }) => severity === 'error');
  if (isWrong) throw invalid([...mistyped.map((input) => asGiven(input, requested)), ...diagnostics]);
  return {
    flow,
    environment: environment?.environment,
    flowEnvFileVariables: envFile.variables,
    osVariables,
    files: withoutEnvFile(flow, children, files),
    credentials: credentialVariables(flow, environment?.environment, childOf),
    warnings: diagnostics,
  };
};

/** Texts from outside become typed as a local run types them. */
export const typedTexts = (texts: Readonly<Record<string, string>>): ReadonlyMap<string, Value> =>
  new Map(Object.entries(texts).map(([name, text]) => [name, typedText(text)]));

type EnvFile = ReturnType<typeof readEnvFile>;

const flowEnvFile = (flow: Flow, { flowEnvFileVariables, files }: RequestedFlow): EnvFile => {
  if (flowEnvFileVariables !== undefined) return { variables: flowEnvFileVariables, diagnostics: [] };
  if (flow.envFile === undefined) return { variables: new Map(), diagnostics: [] };
  const { path, span } = flow.envFile;
  const file = beside(flow.file, path);
  const text = textOf(files, file);
  if (file !== undefined && text !== undefined) return readEnvFile({ file, text });
  const diagnostic: Diagnostic =
    file === undefined
      ? { code: 'TM6101', severity: 'error', message: `env_file ${path} lies outside the project`, span }
      : {
          code: 'TM6102',
          severity: 'error',
          message: `env_file ${path} cannot be read: there is no ${file} in the bundle`,
          span,
          help: 'send the file in the bundle, or its values as flow_env_file_variables',
        };
  return { variables: new Map(), diagnostics: [diagnostic] };
};

const withoutEnvFile = (flow: Flow, children: ReadonlyMap<string, Flow>, files: Files): Files => {
  const own = envFilePath(flow);
  if (own === undefined || [...children.values()].some((child) => envFilePath(child) === own)) return files;
  return new Map([...files].filter(([path]) => path !== own));
};

const envFilePath = (flow: Flow): string | undefined => flow.envFile && beside(flow.file, flow.envFile.path);

type Placed = Diagnostic & { readonly pointer?: string };

/** A value that does not fit is the request's mistake as much as the flow's: both places are named. */
const asGiven = (
  { name, code, message, span }: ReturnType<typeof mistypedInputs>[number],
  { variables, envFileVariables }: RequestedFlow,
): Placed => {
  const given = variables.has(name) ? 'variables' : envFileVariables.has(name) ? 'env_file_variables' : undefined;
  return {
    code,
    severity: 'error',
    message,
    span,
    ...(given !== undefined && { pointer: `/${given}/${name}` }),
  };
};

const invalid = (diagnostics: readonly Placed[]): Problem => {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  const place = first === undefined ? '' : `${first.span.file}:${first.span.line}:${first.span.column}: `;
  const text = first === undefined ? 'the flow is not valid' : `${first.code} ${first.message}${more}`;
  return new Problem('flow-invalid', `${place}${text}`, { errors: diagnostics.map(detailOf) });
};

export const detailOf = ({ code, severity, message, span, suggestion, help, pointer }: Placed): ProblemDetail => ({
  ...(pointer !== undefined && { pointer }),
  code,
  severity,
  message,
  file: span.file,
  line: span.line,
  column: span.column,
  ...(suggestion !== undefined && { suggestion }),
  ...(help !== undefined && { help }),
});
