import { parseJson, stringifyJson, type Value, type ValueMap } from '@testmesh/domain';
import { type Changed, changed, refused } from './changed.ts';
import { type KeptRouting, openRouting, sealedRouting, unknownAddresses } from './sealed-services.ts';
import type { Sealer } from './sealing.ts';

export interface Routing {
  readonly services?: ValueMap;
  readonly headers?: ValueMap;
  readonly overrides?: ValueMap;
}

interface VariableBase {
  readonly key: string;
  readonly description: string;
  readonly secret: boolean;
  readonly enabled: boolean;
}

/** As it is given; a secret without a value keeps the one it had. */
export interface GivenVariable extends VariableBase {
  readonly value?: Value;
}

/** As it is shown: a secret has no value. */
export interface ShownVariable extends VariableBase {
  readonly value?: Value;
}

/** As it is kept: a secret's value is sealed. */
export interface SealedVariable extends VariableBase {
  readonly value?: Value;
  readonly sealed?: string;
}

interface OpenVariable extends VariableBase {
  readonly value: Value;
}

interface EnvironmentFields {
  readonly name: string;
  readonly description: string;
  readonly color: string;
  readonly isDefault: boolean;
  readonly protected: boolean;
  readonly routing: Routing;
}

export interface EnvironmentContent extends EnvironmentFields {
  readonly variables: readonly GivenVariable[];
}

export interface StoredEnvironment extends EnvironmentFields {
  readonly id: string;
  readonly variables: readonly ShownVariable[];
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Secrets in clear: never part of an answer that did not ask for them with the right to do so. */
export interface OpenEnvironment extends EnvironmentFields {
  readonly id: string;
  readonly workspace: string;
  readonly variables: readonly OpenVariable[];
}

interface Sealing {
  readonly workspace: string;
  readonly sealer: Sealer;
  /** What stands there now. */
  readonly before: readonly SealedVariable[];
}

/** What a secret belongs to: moved under another name or to another workspace it does not open. */
const contextOf = (workspace: string, key: string) => `environment/${workspace}/${key}`;

/** Variables as they are kept; undefined when a secret has no value, neither a new nor an old one. */
const sealedVariables = (
  given: readonly GivenVariable[],
  { workspace, sealer, before }: Sealing,
): readonly SealedVariable[] | undefined => {
  const kept = new Map(before.map(({ key, sealed }) => [key, sealed]));
  const sealed = given.map((variable): SealedVariable | undefined => {
    if (!variable.secret) return { ...variable, value: variable.value ?? '' };
    const { value, ...rest } = variable;
    if (value !== undefined)
      return { ...rest, sealed: sealer.seal(stringifyJson(value), contextOf(workspace, rest.key)) };
    const old = kept.get(rest.key);
    return old === undefined ? undefined : { ...rest, sealed: old };
  });
  return sealed.every((variable) => variable !== undefined) ? sealed : undefined;
};

type Kept = { readonly variables: readonly SealedVariable[]; readonly routing: KeptRouting };

/** Names of secrets that have a mask and no value, neither a new nor an old one: variables, and services with passwords. */
const lackingSecrets = ({ variables, routing }: EnvironmentContent, before: Kept | undefined): readonly string[] => {
  const kept = new Set(before?.variables.flatMap(({ key, sealed }) => (sealed === undefined ? [] : [key])));
  const lacking = variables.filter(({ key, secret, value }) => secret && value === undefined && !kept.has(key));
  return [...lacking.map(({ key }) => key), ...unknownAddresses(routing, before?.routing ?? {})];
};

/** The columns of an environment, secrets sealed; refused with the names of those that have no value. */
export const sealedColumns = (
  content: EnvironmentContent,
  { workspace, sealer, before }: Pick<Sealing, 'workspace' | 'sealer'> & { readonly before?: Kept | undefined },
): Changed<readonly unknown[]> => {
  const variables = sealedVariables(content.variables, { workspace, sealer, before: before?.variables ?? [] });
  const routing = sealedRouting(content.routing, { workspace, sealer, before: before?.routing ?? {} });
  if (!variables || !routing) return refused('SecretValueMissing', lackingSecrets(content, before));
  const { name, description, color, isDefault, protected: isProtected } = content;
  return changed([
    name,
    description,
    color,
    isDefault,
    isProtected,
    JSON.stringify(variables),
    JSON.stringify(routing),
  ]);
};

interface SealedEnvironment extends Omit<EnvironmentFields, 'routing'> {
  readonly routing: KeptRouting;
  readonly id: string;
  readonly workspace: string;
  readonly variables: readonly SealedVariable[];
}

/** An environment with its secrets in clear. */
export const opened = (environment: SealedEnvironment, sealer: Sealer): OpenEnvironment => {
  const { id, workspace, name, description, color, isDefault, protected: isProtected } = environment;
  const routing = openRouting(environment.routing, workspace, sealer);
  const variables = environment.variables.map(({ sealed, value, ...variable }): OpenVariable => {
    if (sealed === undefined) return { ...variable, value: value ?? '' };
    return { ...variable, value: parseJson(sealer.open(sealed, contextOf(workspace, variable.key))) };
  });
  return { id, workspace, name, description, color, isDefault, protected: isProtected, routing, variables };
};

/**
 * The variables under the current master key; undefined when all are already. Each is opened all the same: another key may have the
 * same id, and a server that starts with it could read none of them later.
 */
export const resealed = (
  { workspace, variables }: SealedEnvironment,
  sealer: Sealer,
): readonly SealedVariable[] | undefined => {
  const isOld = ({ sealed }: SealedVariable) => sealed !== undefined && !sealer.isCurrent(sealed);
  const anew = variables.map((variable) => {
    if (variable.sealed === undefined) return variable;
    const context = contextOf(workspace, variable.key);
    const secret = sealer.open(variable.sealed, context);
    return isOld(variable) ? { ...variable, sealed: sealer.seal(secret, context) } : variable;
  });
  return variables.some(isOld) ? anew : undefined;
};
