import type { ActionSchema } from '@testmesh/contracts';

/** Why an action that exists elsewhere cannot be used here. */
export interface ActionRefusal {
  readonly code: string;
  readonly message: string;
  readonly help: string;
}

/** Which actions there are, and what the language must know of one, loaded when a file uses it. */
export interface ActionCatalogue {
  /** Canonical names and aliases. */
  readonly names: readonly string[];
  readonly load: (name: string) => Promise<ActionSchema | undefined>;
  /** Those that plugins bring, each with its plugin as `name@version`. */
  readonly pluginActions?: Readonly<Record<string, string>>;
  /** For a name that is not among `names`: what is known of it beyond that. */
  readonly refusal?: (name: string) => ActionRefusal | undefined;
}

/** The schemas of the named actions, under the names they were asked by. */
export const loadSchemas = async (
  names: Iterable<string>,
  catalogue: ActionCatalogue,
): Promise<ReadonlyMap<string, ActionSchema>> => {
  const known = new Set(catalogue.names);
  const wanted = [...new Set(names)].filter((name) => known.has(name));
  const loaded = await Promise.all(wanted.map(async (name) => [name, await catalogue.load(name)] as const));
  return new Map(loaded.flatMap(([name, schema]) => (schema === undefined ? [] : [[name, schema] as const])));
};
