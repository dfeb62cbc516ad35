import type { ValueMap } from '@testmesh/domain';
import { credentialVariables, Masker, secretNamesOf } from '@testmesh/engine';
import { readEnvironment, readFlow } from '@testmesh/flow';
import type { SuiteStore } from '@testmesh/store-postgres';
import type { RequestDeps } from './deps.ts';
import { beside, childFlows, textOf } from './flow-files.ts';
import { storedFiles } from './stored-files.ts';

// Which of the variables that are kept for later runs are secret. Invariants:
// G1. What one flow of a suite makes a credential of is secret in all of them, and whatever was secret once stays it.
// G2. Where a flow cannot be read, everything is.

/** Variables that are kept for runs of a flow or of a suite. */
export interface GivenVariables {
  readonly flowId: string | null;
  readonly suiteId: string | null;
  /** By name or by id. */
  readonly environment: string | null;
  readonly variables: ValueMap;
  /** What was secret of them before. */
  readonly secretNames?: readonly string[] | undefined;
}

/** The names of the variables that are secret. */
export type SecretNames = (workspace: string, given: GivenVariables) => Promise<readonly string[]>;

type Deps = Pick<RequestDeps, 'flows' | 'blobs' | 'environments' | 'catalogue'> & {
  readonly suites: Pick<SuiteStore, 'get'>;
};

export const givenSecrets =
  (deps: Deps): SecretNames =>
  async (workspace, given) => {
    const names = Object.keys(given.variables);
    if (names.length === 0) return [];
    const judged = await Promise.all(
      (await flowsOf(deps, workspace, given)).map((flowId) => secretsIn(deps, workspace, { ...given, flowId })),
    );
    if (judged.length === 0 || judged.includes(undefined)) return names;
    const before = new Set(given.secretNames);
    return names.filter((name) => before.has(name) || judged.some((secrets) => secrets?.has(name)));
  };

const flowsOf = async ({ suites }: Deps, workspace: string, { flowId, suiteId }: GivenVariables) => {
  if (suiteId === null) return flowId === null ? [] : [flowId];
  return (await suites.get(workspace, suiteId))?.parts.map((part) => part.flowId) ?? [];
};

/** What a flow makes secrets of in an environment; undefined where it cannot be read. */
const secretsIn = async (
  deps: Deps,
  workspace: string,
  { flowId, environment: wanted }: GivenVariables & { readonly flowId: string },
): Promise<ReadonlySet<string> | undefined> => {
  const stored = await storedFiles(deps, workspace, flowId);
  const text = textOf(stored?.files ?? new Map(), stored?.entry);
  if (stored === undefined || text === undefined) return undefined;
  const { flow } = await readFlow({ file: stored.entry, text }, deps.catalogue);
  if (flow === undefined) return undefined;
  const found = wanted === null ? undefined : await deps.environments.find(workspace, wanted);
  const environment = found && (await readEnvironment(found, found.name, deps.catalogue)).environment;
  const children = await childFlows(flow, stored.files, deps.catalogue);
  const credentials = credentialVariables(flow, environment, (path, from) =>
    children.get(beside(from.file, path) ?? ''),
  );
  return new Set([...secretNamesOf(flow, environment, []), ...credentials]);
};

/** As people see them: a secret by its name, and in the others whatever holds one masked. */
export const shownVariables = (variables: ValueMap, secretNames: readonly string[]): ValueMap => {
  const masker = new Masker();
  for (const name of secretNames) masker.addSecret(variables[name] ?? null);
  const secret = new Set(secretNames);
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [
      name,
      secret.has(name) ? { $secret: name } : masker.value(value),
    ]),
  );
};
