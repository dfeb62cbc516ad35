import type { ActionCatalogue } from '@testmesh/flow';

/** The same catalogue, that says of an action which a plugin of the project brings why it is not to be had here. */
export const refusingPlugins = (
  catalogue: ActionCatalogue,
  pluginActions: Readonly<Record<string, string>> | undefined,
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
            message: `\`${name}\` is an action of the plugin ${plugin}, which this server does not allow`,
            help: 'its operator names the plugins it loads in TESTMESH_PLUGINS, the same for the API, the scheduler and the executors',
          };
    },
  };
};
