import type { ActionSchema } from '@testmesh/contracts';

/** Which actions there are, and what the language must know of one, loaded when a file uses it. */
export interface ActionCatalogue {
  /** Canonical names and aliases. */
  readonly names: readonly string[];
  readonly load: (name: string) => Promise<ActionSchema | undefined>;
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
