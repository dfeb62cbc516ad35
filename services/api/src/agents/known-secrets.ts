import { type RunInputs, runInputs } from '@testmesh/contracts';
import { parseJson, type Value, type ValueMap } from '@testmesh/domain';
import { Masker, secretNamesOf } from '@testmesh/engine';
import { type ActionCatalogue, type Environment, readEnvironment } from '@testmesh/flow';
import type { RunSecrets } from '@testmesh/ports';
import type { EntryFlow, EntryFlows } from './entry-flows.ts';

export interface MaskerDeps {
  readonly secrets: Pick<RunSecrets, 'of'>;
  readonly flows: Pick<EntryFlows, 'of'>;
  readonly catalogue: ActionCatalogue;
}

/** Under which names a run keeps what it was given, and what it learnt to mask. */
const INPUTS = 'inputs';
export const NEEDLES = 'needles';

/** What the server knows of a run's secrets: those marked, and those that its executor told. */
export interface KnownSecrets {
  readonly masker: Masker;
  /** The flow as it was given: what stands there openly is no secret in a name. */
  readonly flowText: string;
  /** The flow, or whoever requested the run, says something of a test environment. */
  readonly namesEnvironment: boolean;
}

export const knownSecrets = async (
  deps: MaskerDeps,
  runId: string,
  bundle: string | undefined,
): Promise<KnownSecrets> => {
  const kept = await deps.secrets.of(runId);
  const masker = new Masker();
  const flow = await deps.flows.of(bundle);
  const given = kept.get(INPUTS);
  const inputs = given === undefined ? undefined : runInputs.parse(parseJson(given));
  if (inputs !== undefined) await learnInputs(masker, deps, inputs, flow?.marks);
  learnNeedles(masker, kept.get(NEEDLES));
  const flowText = flow?.text ?? '';
  const namesEnvironment = inputs?.testEnvironment !== undefined || flowText.includes('test_environment');
  return { masker, flowText, namesEnvironment };
};

/** Shorter secrets stand in ordinary words and numbers. */
const LEAST_TELLING = 8;

/** Whether a text that was masked already shows a secret all the same, as it is or within JSON. */
export const showsSecret = ({ masker, flowText }: KnownSecrets): ((text: string) => boolean) => {
  const secrets = masker.texts().filter((secret) => secret.length >= LEAST_TELLING && !flowText.includes(secret));
  const spelled = secrets.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]);
  return (text) => spelled.some((secret) => text.includes(secret));
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
  marks: EntryFlow['marks'],
): Promise<void> => {
  const environment = await environmentOf(deps, inputs);
  const names =
    marks === undefined ? new Set(inputs.secretNames) : secretNamesOf(marks, environment, inputs.secretNames);
  const layers = [inputs.osVariables, inputs.flowEnvFileVariables, inputs.envFileVariables, inputs.variables];
  for (const layer of layers as readonly ValueMap[]) learnNamed(masker, names, Object.entries(layer));
  const defined = [...(marks?.env ?? []), ...(environment?.variables ?? [])];
  learnNamed(
    masker,
    names,
    defined.flatMap(({ name, template }) => (template.kind === 'constant' ? [[name, template.value] as const] : [])),
  );
};

const learnNamed = (masker: Masker, names: ReadonlySet<string>, values: Iterable<readonly [string, Value]>): void => {
  for (const [name, value] of values) if (names.has(name)) masker.addSecret(value);
};

const environmentOf = async (
  { catalogue }: MaskerDeps,
  { environment }: RunInputs,
): Promise<Environment | undefined> => {
  if (environment === undefined) return undefined;
  const { file, text, name } = environment;
  return (await readEnvironment({ file, text }, name, catalogue)).environment;
};
