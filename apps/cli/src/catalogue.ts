import type { Action } from '@testmesh/action-kit';
import type { ActionSchema } from '@testmesh/contracts';
import type { ActionCatalogue } from '@testmesh/flow';

interface Family {
  readonly names: readonly string[];
  readonly schemas: () => Promise<{ readonly schemas: readonly ActionSchema[] }>;
  readonly actions: () => Promise<{ readonly actions: readonly Action[] }>;
}

// Which family serves which names. Schemas and drivers are loaded only for the families a flow names, so this list
// is all that start-up pays for; a spec holds it against the schemas themselves.
export const FAMILIES: readonly Family[] = [
  {
    names: ['delay', 'log', 'assert', 'transform', 'wait_for'],
    schemas: () => import('@testmesh/actions-basic/schema'),
    actions: () => import('@testmesh/actions-basic'),
  },
  {
    names: ['http_request'],
    schemas: () => import('@testmesh/actions-http/schema'),
    actions: () => import('@testmesh/actions-http'),
  },
  {
    names: ['database_query', 'db_poll'],
    schemas: () => import('@testmesh/actions-sql/schema'),
    actions: () => import('@testmesh/actions-sql'),
  },
  {
    names: ['kafka_producer', 'kafka_consumer'],
    schemas: () => import('@testmesh/actions-kafka/schema'),
    actions: () => import('@testmesh/actions-kafka'),
  },
  {
    names: ['redis.get'],
    schemas: () => import('@testmesh/actions-redis/schema'),
    actions: () => import('@testmesh/actions-redis'),
  },
  {
    names: ['docker_run', 'docker_stop'],
    schemas: () => import('@testmesh/actions-docker/schema'),
    actions: () => import('@testmesh/actions-docker'),
  },
  {
    names: ['grpc_call'],
    schemas: () => import('@testmesh/actions-grpc/schema'),
    actions: () => import('@testmesh/actions-grpc'),
  },
  {
    names: ['mock_server_start', 'mock_server_stop', 'mock_server_configure'],
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
