import { loadHttp } from './http-plugin.ts';
import { loadModule } from './module-plugin.ts';
import { type LoadedPlugin, type NamedPlugin, PluginProblem } from './plugin.ts';

export interface LoadOptions {
  /** The folder that packages and paths are sought from. */
  readonly base: string;
  /** Names that are taken already: those of the actions that are built in, and of the language itself. */
  readonly taken: readonly string[];
  /** Whether a plugin process may be asked there. */
  readonly mayAsk: (url: URL) => boolean;
  /** How long to wait for a plugin process that is not up yet; 0 asks once. */
  readonly patienceMs: number;
}

/** A plugin that cannot be used, by the index of its source. */
export interface Unloaded {
  readonly index: number;
  readonly problem: PluginProblem;
}

/** Loads plugins in the order they are named; what is wrong with any of them is told together. */
export const loadPlugins = async (
  sources: readonly NamedPlugin[],
  options: LoadOptions,
): Promise<{ readonly plugins: readonly LoadedPlugin[]; readonly problems: readonly Unloaded[] }> => {
  const tried = await Promise.all(sources.map((source) => attempt(() => load(source, options))));
  const owners = new Map(options.taken.map((name) => [name, 'TestMesh itself']));
  const plugins: LoadedPlugin[] = [];
  const problems: Unloaded[] = [];
  for (const [index, loaded] of tried.entries()) {
    const problem = loaded instanceof PluginProblem ? loaded : claimNames(loaded, owners);
    if (problem !== undefined) problems.push({ index, problem });
    else plugins.push(loaded as LoadedPlugin);
  }
  return { plugins, problems };
};

const load = (source: NamedPlugin, options: LoadOptions): Promise<LoadedPlugin> =>
  source.kind === 'url' ? loadHttp(source, options) : loadModule(source, options.base);

const attempt = async (work: () => Promise<LoadedPlugin>): Promise<LoadedPlugin | PluginProblem> => {
  try {
    return await work();
  } catch (error) {
    if (error instanceof PluginProblem) return error;
    throw error;
  }
};

const claimNames = ({ identity, actions }: LoadedPlugin, owners: Map<string, string>): PluginProblem | undefined => {
  const who = `the plugin ${identity.name} ${identity.version}`;
  for (const name of actions.flatMap(({ schema }) => [schema.type, ...schema.aliases])) {
    const owner = owners.get(name);
    if (owner !== undefined) {
      const message = `${who} brings an action \`${name}\`, but that name is taken by ${owner}`;
      return new PluginProblem('TM6204', message, 'the author of the plugin has to name the action otherwise');
    }
    owners.set(name, who);
  }
  return undefined;
};
