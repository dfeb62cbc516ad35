import type { Action } from '@testmesh/action-kit';
import type { KnownActions } from '@testmesh/catalogue';
import type { LoadedPlugin } from './plugin.ts';

/** The same actions and those of the plugins, for reading flows and for running them alike. */
export const withPlugins = (known: KnownActions, plugins: readonly LoadedPlugin[]): KnownActions => {
  const actions = plugins.flatMap((plugin) => plugin.actions);
  const owned = plugins.flatMap(({ identity: { name, version }, actions: own }) =>
    own.flatMap(({ schema }) =>
      [schema.type, ...schema.aliases].map((action) => [action, `${name}@${version}`] as const),
    ),
  );
  const byName = new Map<string, Action>(
    actions.flatMap((action) => [action.schema.type, ...action.schema.aliases].map((name) => [name, action] as const)),
  );
  return {
    catalogue: {
      ...known.catalogue,
      names: [...known.catalogue.names, ...byName.keys()],
      pluginActions: { ...known.catalogue.pluginActions, ...Object.fromEntries(owned) },
      load: async (name) => byName.get(name)?.schema ?? known.catalogue.load(name),
    },
    action: async (type) => byName.get(type) ?? known.action(type),
    schemas: async () => [...(await known.schemas()), ...actions.map(({ schema }) => schema)],
    plugins: [
      ...known.plugins,
      ...plugins.map(({ identity, actions: own }) => ({
        plugin: identity,
        actions: own.flatMap(({ schema }) => [schema.type, ...schema.aliases]),
      })),
    ],
  };
};
