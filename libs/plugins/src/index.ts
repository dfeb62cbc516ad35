export { allowedPlugins, mayAskFrom, PluginsUnusable, serverActions, takenNames } from './allowed.ts';
export { withPlugins } from './known-actions.ts';
export { type LoadOptions, loadPlugins, type Unloaded } from './load-plugins.ts';
export { type LoadedPlugin, type NamedPlugin, PluginProblem } from './plugin.ts';
