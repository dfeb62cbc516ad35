import { bundleManifest, type RunInputs, runInputs } from '@testmesh/contracts';
import { parseJson, type Value, type ValueMap } from '@testmesh/domain';
import { Masker, secretNamesOf } from '@testmesh/engine';
import { type ActionCatalogue, type Environment, type Flow, readEnvironment, readFlow } from '@testmesh/flow';
import type { BlobStore, RunSecrets } from '@testmesh/ports';

export interface MaskerDeps {
  readonly secrets: Pick<RunSecrets, 'of'>;
  readonly blobs: Pick<BlobStore, 'get'>;
  readonly catalogue: ActionCatalogue;
}

/** Under which names a run keeps what it was given, and what it learnt to mask. */
const INPUTS = 'inputs';
export const NEEDLES = 'needles';

/** What masks a run's own secrets, as far as the server knows them: those marked, and those its executor told. */
export const runMasker = async (deps: MaskerDeps, runId: string, bundle: string | undefined): Promise<Masker> => {
  const kept = await deps.secrets.of(runId);
  const masker = new Masker();
  const given = kept.get(INPUTS);
  if (given !== undefined) await learnInputs(masker, deps, runInputs.parse(parseJson(given)), bundle);
  learnNeedles(masker, kept.get(NEEDLES));
  return masker;
};

/** Learns what an executor says that it masks. */
export const learnNeedles = (masker: Masker, needles: string | undefined): void => {
  if (needles === undefined) return;
  const texts = parseJson(needles);
  if (Array.isArray(texts)) for (const text of texts) if (typeof text === 'string') masker.addSecret(text);
};

const learnInputs = async (
  masker: Masker,
  deps: MaskerDeps,
  inputs: RunInputs,
  bundle: string | undefined,
): Promise<void> => {
  const flow = await entryFlow(deps, bundle);
  const environment = await environmentOf(deps, inputs);
  const names = flow === undefined ? new Set(inputs.secretNames) : secretNamesOf(flow, environment, inputs.secretNames);
  const layers = [inputs.osVariables, inputs.flowEnvFileVariables, inputs.envFileVariables, inputs.variables];
  for (const layer of layers as readonly ValueMap[]) learnNamed(masker, names, Object.entries(layer));
  const defined = [...(flow?.env ?? []), ...(environment?.variables ?? [])];
  learnNamed(
    masker,
    names,
    defined.flatMap(({ name, template }) => (template.kind === 'constant' ? [[name, template.value] as const] : [])),
  );
};

const learnNamed = (masker: Masker, names: ReadonlySet<string>, values: Iterable<readonly [string, Value]>): void => {
  for (const [name, value] of values) if (names.has(name)) masker.addSecret(value);
};

const entryFlow = async ({ blobs, catalogue }: MaskerDeps, bundle: string | undefined): Promise<Flow | undefined> => {
  const manifest = bundle === undefined ? undefined : await blobs.get(bundle);
  if (manifest === undefined) return undefined;
  const { entry, files } = bundleManifest.parse(parseJson(new TextDecoder().decode(manifest)));
  const bytes = await blobs.get(files[entry] ?? '');
  if (bytes === undefined) return undefined;
  return (await readFlow({ file: entry, text: new TextDecoder().decode(bytes) }, catalogue)).flow;
};

const environmentOf = async (
  { catalogue }: MaskerDeps,
  { environment }: RunInputs,
): Promise<Environment | undefined> => {
  if (environment === undefined) return undefined;
  const { file, text, name } = environment;
  return (await readEnvironment({ file, text }, name, catalogue)).environment;
};
