import type { ActionCatalogue } from '@testmesh/flow';

/**
 * The same catalogue, that says of an action which is missing here and was known where the run was asked for which plugin brings
 * it, and that it is this executor which does not have that plugin.
 */
export const lackingPlugins = (
  catalogue: ActionCatalogue,
  pluginActions: Readonly<Record<string, string>> | undefined,
  executor: string,
): ActionCatalogue => {
  if (pluginActions === undefined) return catalogue;
  const owners = new Map(Object.entries(pluginActions));
  return {
    ...catalogue,
    refusal: (name) => {
      const plugin = owners.get(name);
      return plugin === undefined
        ? undefined
        : {
            code: 'TM6205',
            message: `\`${name}\` is an action of the plugin ${plugin}, which the executor ${executor} does not load`,
            help: 'name it in TESTMESH_PLUGINS of every executor of the pool, as for the API',
          };
    },
  };
};
