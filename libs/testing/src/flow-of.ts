import type { Action } from '@testmesh/action-kit';
import type { ActionSchema } from '@testmesh/contracts';
import { type Flow, readFlow } from '@testmesh/flow';

/** The flow that a YAML text means; throws with every diagnostic when it is not valid. */
export const flowOf = async (
  text: string,
  actions: readonly Pick<Action, 'schema'>[],
  file = 'flows/test.yaml',
): Promise<Flow> => {
  const schemas = new Map<string, ActionSchema>(
    actions.flatMap(({ schema }) =>
      [schema.type, ...schema.aliases].map((name): [string, ActionSchema] => [name, schema]),
    ),
  );
  const { flow, diagnostics } = await readFlow(
    { file, text },
    { names: [...schemas.keys()], load: async (name) => schemas.get(name) },
  );
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  if (flow && errors.length === 0) return flow;
  throw new Error(errors.map(({ code, message, span }) => `${span.line}:${span.column} ${code} ${message}`).join('\n'));
};
