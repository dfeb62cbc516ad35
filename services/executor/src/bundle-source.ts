import { posix } from 'node:path';
import { type RunInputs, runInputs } from '@testmesh/contracts';
import { parseJson, type RecordedEvent, type RunId, type Value, type ValueMap } from '@testmesh/domain';
import type { RunInput } from '@testmesh/engine';
import { type ActionCatalogue, type Environment, type Flow, readEnvironment, type SchemaCheck } from '@testmesh/flow';
import type { BlobStore, OutboundPolicy, RunSecrets } from '@testmesh/ports';
import { askedOf, type LoadedRun, type RunSource, RunUnloadable } from '@testmesh/runtime';
import { type Bundle, Bundles } from './bundle.ts';
import { FlowCache } from './flow-cache.ts';
import { lackingPlugins } from './lacking-plugins.ts';

// What a run on a server was given: files from its bundle, values from its encrypted inputs, nothing from this process.

export interface BundleSourceOptions {
  /** Its name, for whoever has to look after it. */
  readonly executor: string;
  readonly blobs: BlobStore;
  readonly secrets: Pick<RunSecrets, 'of'>;
  readonly catalogue: ActionCatalogue;
  readonly schemaCheck: SchemaCheck;
  /** What the runs of a workspace may reach. */
  readonly outbound: (workspace: string) => Promise<OutboundPolicy>;
}

/** The name under which a run's inputs are kept among its secrets. */
export const INPUTS = 'inputs';

export const bundleSource = (options: BundleSourceOptions): RunSource => {
  const bundles = new Bundles(options.blobs);
  const cache = new FlowCache();
  return {
    load: async (runId, history) => {
      const hash = bundleOf(history);
      const [kept, bundle, outbound] = await Promise.all([
        options.secrets.of(runId),
        bundles.open(hash),
        options.outbound(workspaceOf(history)),
      ]);
      const inputs = inputsOf(kept.get(INPUTS));
      const catalogue = lackingPlugins(options.catalogue, inputs.pluginActions, options.executor);
      const flowAt = (path: string): Promise<Flow> => cache.flowAt({ hash, bundle, catalogue }, path);
      const credentialNames = namedOnly(history);
      return loaded(runId, { bundle, flowAt, inputs, kept, outbound, credentialNames }, { ...options, catalogue });
    },
  };
};

const workspaceOf = ([first]: readonly RecordedEvent[]): string => {
  if (first === undefined) throw new RunUnloadable('this run has no history');
  return first.workspace;
};

const bundleOf = (history: readonly RecordedEvent[]): string => {
  const hash = history.find(({ type }) => type === 'RunRequested')?.data['bundle'];
  if (typeof hash !== 'string') throw new RunUnloadable('the request of this run names no bundle');
  return hash;
};

/** What the request was given and does not show: whoever asked knew the flows that the run leads to. */
const namedOnly = (history: readonly RecordedEvent[]): readonly string[] => {
  const given = history.find(({ type }) => type === 'RunRequested')?.data['variables'] as ValueMap | undefined;
  const isNamedOnly = (value: Value | undefined): boolean =>
    typeof value === 'object' && value !== null && Object.hasOwn(value, '$secret');
  return Object.keys(given ?? {}).filter((name) => isNamedOnly(given?.[name]));
};

const inputsOf = (text: string | undefined): RunInputs => {
  if (text === undefined)
    throw new RunUnloadable('what the run was given is gone: its inputs are deleted when it ends');
  return runInputs.parse(parseJson(text));
};

interface Given {
  readonly bundle: Bundle;
  readonly flowAt: (path: string) => Promise<Flow>;
  readonly inputs: RunInputs;
  readonly kept: ReadonlyMap<string, string>;
  readonly outbound: OutboundPolicy;
  readonly credentialNames: readonly string[];
}

const loaded = async (
  runId: RunId,
  { bundle, flowAt, inputs, kept, outbound, credentialNames }: Given,
  { catalogue, schemaCheck }: BundleSourceOptions,
): Promise<LoadedRun> => {
  const flow = await flowAt(bundle.entry);
  const environment = await environmentOf(inputs, catalogue);
  const input: LoadedRun['input'] = {
    runId,
    flow,
    ...(environment && { environment }),
    variables: namesOf(inputs.variables),
    envFileVariables: namesOf(inputs.envFileVariables),
    flowEnvFileVariables: namesOf(inputs.flowEnvFileVariables),
    osVariables: namesOf(inputs.osVariables),
    secretNames: inputs.secretNames,
    credentialNames,
    seed: inputs.seed,
    testEnvironment: askedOf(inputs.testEnvironment),
    tags: flow.tags,
    kept,
  };
  return {
    input,
    files: {
      childFlow: (path, from) => flowAt(posix.join(posix.dirname(from), path)),
      readFile: bundle.read,
      glob: bundle.glob,
      schemaCheck,
      outbound,
      xmlSchemaCheck: async () => (await import('@testmesh/xml-schema-libxml2')).xmlSchemaCheck,
    },
  };
};

const environmentOf = async (
  { environment: given }: RunInputs,
  catalogue: ActionCatalogue,
): Promise<Environment | undefined> => {
  if (given === undefined) return undefined;
  const { environment, diagnostics } = await readEnvironment(
    { file: given.file, text: given.text },
    given.name,
    catalogue,
  );
  const first = diagnostics.find(({ severity }) => severity === 'error');
  if (environment === undefined || first !== undefined) {
    throw new RunUnloadable(`the environment ${given.name} is not valid: ${first?.code ?? ''} ${first?.message ?? ''}`);
  }
  return environment;
};

const namesOf = (values: Readonly<Record<string, unknown>>): RunInput['variables'] =>
  new Map(Object.entries(values) as [string, Value][]);
