import { type GivenVariables, type SecretNames, shownVariables } from '@testmesh/commands';
import { Problem } from '@testmesh/contracts';
import { canonicalJson, type Value, type ValueMap } from '@testmesh/domain';

// Variables that are kept for later runs, as they come and go over the API: a secret is `{"$secret": NAME}`, as runs record it.

interface Judging {
  readonly secretNames: SecretNames;
}

/** As they are shown. */
export const shownOf = async (
  { secretNames }: Judging,
  workspace: string,
  kept: GivenVariables,
): Promise<Record<string, never>> =>
  shownVariables(kept.variables, await secretNames(workspace, kept)) as Record<string, never>;

/** As they are kept: a value that comes as it was shown stands for the one that is held. */
export const keptVariables = async (
  deps: Judging,
  workspace: string,
  given: GivenVariables,
  held: GivenVariables | undefined,
): Promise<{ readonly variables: ValueMap; readonly secretNames: readonly string[] }> => {
  const shown: ValueMap = held === undefined ? {} : await shownOf(deps, workspace, held);
  const isHeld = (name: string): boolean => isSame(given.variables[name], shown[name]);
  const names = Object.keys(given.variables);
  demandValues(names.filter((name) => isMark(given.variables[name]) && !isHeld(name)));
  const values = names.map((name) => [name, (isHeld(name) ? held?.variables : given.variables)?.[name] ?? null]);
  const variables = Object.fromEntries(values) as ValueMap;
  const before = names.filter((name) => isMark(shown[name]) && isHeld(name));
  return { variables, secretNames: await deps.secretNames(workspace, { ...given, variables, secretNames: before }) };
};

const isSame = (one: Value | undefined, other: Value | undefined): boolean =>
  one !== undefined && other !== undefined && canonicalJson(one) === canonicalJson(other);

const isMark = (value: Value | undefined): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).join() === '$secret';

const demandValues = (names: readonly string[]): void => {
  if (names.length === 0) return;
  const message = 'no secret of this name is kept here: give its value';
  const errors = names.map((name) => ({ pointer: `/variables/${name}`, message }));
  throw new Problem('cannot-be-done', `${names.join(', ')}: ${message}`, { errors });
};
