import type { KnownActions } from '@testmesh/catalogue';
import { CONTROL_FLOW, pluginNamed } from '@testmesh/flow';
import { withPlugins } from './known-actions.ts';
import { loadPlugins } from './load-plugins.ts';
import type { NamedPlugin } from './plugin.ts';

// What the operator of a machine allows, in TESTMESH_PLUGINS: packages, paths and addresses, with commas or blanks between.

const PLUGINS_VARIABLE = 'TESTMESH_PLUGINS';

type Environment = Readonly<Record<string, string | undefined>>;

export const allowedPlugins = (env: Environment): readonly NamedPlugin[] =>
  (env[PLUGINS_VARIABLE] ?? '')
    .split(/[\s,]+/)
    .filter((name) => name !== '')
    .map(pluginNamed);

const isLoopback = ({ hostname }: URL): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);

/** On a person's machine: loopback, and what TESTMESH_PLUGINS names. */
export const mayAskFrom = (env: Environment): ((url: URL) => boolean) => {
  const named = new Set(allowedPlugins(env).flatMap(({ kind, name }) => (kind === 'url' ? [new URL(name).href] : [])));
  return (url) => isLoopback(url) || named.has(url.href);
};

/** Every name that a plugin cannot have. */
export const takenNames = ({ catalogue }: KnownActions): readonly string[] => [
  ...catalogue.names,
  ...Object.keys(CONTROL_FLOW),
];

const PATIENCE_MS = 30_000;

/** What the operator allows cannot be loaded; the message tells all that is wrong. */
export class PluginsUnusable extends Error {
  override readonly name = 'PluginsUnusable';
}

/**
 * The actions of a server: what is built in and what its operator allows. Rejects with all that is wrong with the latter,
 * so that a server which could not keep its promise does not start.
 */
export const serverActions = async (
  known: KnownActions,
  env: Environment,
  base: string = process.cwd(),
): Promise<KnownActions> => {
  const sources = allowedPlugins(env);
  if (sources.length === 0) return known;
  const { plugins, problems } = await loadPlugins(sources, {
    base,
    taken: takenNames(known),
    mayAsk: () => true,
    patienceMs: PATIENCE_MS,
  });
  if (problems.length === 0) return withPlugins(known, plugins);
  const lines = problems.map(({ problem }) => `${problem.code} ${problem.message} (${problem.help})`);
  throw new PluginsUnusable(`${PLUGINS_VARIABLE} cannot be served:\n${lines.join('\n')}`);
};
