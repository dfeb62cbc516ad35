import type { Action, PluginIdentity } from '@testmesh/action-kit';
import type { ActionSchema } from '@testmesh/contracts';
import type { ActionCatalogue } from '@testmesh/flow';
import { ACTION_NAMES } from './action-names.ts';

interface Family {
  readonly names: readonly string[];
  readonly schemas: () => Promise<{ readonly schemas: readonly ActionSchema[] }>;
  readonly actions: () => Promise<{ readonly actions: readonly Action[] }>;
}

// Schemas and drivers are loaded only for the families a flow names.
export const FAMILIES: readonly Family[] = [
  {
    names: ACTION_NAMES.basic,
    schemas: () => import('@testmesh/actions-basic/schema'),
    actions: () => import('@testmesh/actions-basic'),
  },
  {
    names: ACTION_NAMES.http,
    schemas: () => import('@testmesh/actions-http/schema'),
    actions: () => import('@testmesh/actions-http'),
  },
  {
    names: ACTION_NAMES.sql,
    schemas: () => import('@testmesh/actions-sql/schema'),
    actions: () => import('@testmesh/actions-sql'),
  },
  {
    names: ACTION_NAMES.kafka,
    schemas: () => import('@testmesh/actions-kafka/schema'),
    actions: () => import('@testmesh/actions-kafka'),
  },
  {
    names: ACTION_NAMES.redis,
    schemas: () => import('@testmesh/actions-redis/schema'),
    actions: () => import('@testmesh/actions-redis'),
  },
  {
    names: ACTION_NAMES.docker,
    schemas: () => import('@testmesh/actions-docker/schema'),
    actions: () => import('@testmesh/actions-docker'),
  },
  {
    names: ACTION_NAMES.grpc,
    schemas: () => import('@testmesh/actions-grpc/schema'),
    actions: () => import('@testmesh/actions-grpc'),
  },
  {
    names: ACTION_NAMES.mock,
    schemas: () => import('@testmesh/actions-mock/schema'),
    actions: () => import('@testmesh/actions-mock'),
  },
];

const familyOf = (name: string): Family | undefined => FAMILIES.find(({ names }) => names.includes(name));

/** Every action this build knows, loaded by family and only when named. */
export const catalogue: ActionCatalogue = {
  names: FAMILIES.flatMap(({ names }) => names),
  load: async (name) => {
    const family = familyOf(name);
    if (family === undefined) return undefined;
    const { schemas } = await family.schemas();
    return schemas.find(({ type, aliases }) => type === name || aliases.includes(name));
  },
};

/** All schemas of all families: for `testmesh schema`, `list` and the documentation. */
export const allSchemas = async (): Promise<readonly ActionSchema[]> => {
  const families = await Promise.all(FAMILIES.map((family) => family.schemas()));
  return families.flatMap(({ schemas }) => schemas);
};

/** The code that carries an action out, by its canonical name. */
export const loadAction = async (type: string): Promise<Action> => {
  const family = familyOf(type);
  const { actions } = family === undefined ? { actions: [] } : await family.actions();
  const action = actions.find(({ schema }) => schema.type === type);
  if (action === undefined) throw new Error(`no code is registered for the action ${type}`);
  return action;
};

/** The actions there are, for whoever reads flows and for whoever runs them. */
export interface KnownActions {
  readonly catalogue: ActionCatalogue;
  readonly action: (type: string) => Promise<Action>;
  readonly schemas: () => Promise<readonly ActionSchema[]>;
  /** Where those come from that are not built in. */
  readonly plugins: readonly { readonly plugin: PluginIdentity; readonly actions: readonly string[] }[];
}

/** What TestMesh brings itself. */
export const builtInActions: KnownActions = { catalogue, action: loadAction, schemas: allSchemas, plugins: [] };
