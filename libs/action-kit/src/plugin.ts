import type { Action } from './define-action.ts';

/** The version of what plugins and TestMesh say to each other. It rises when a plugin written for the one before would break. */
export const PLUGIN_API = 1;

/** What a plugin package exports under the name `plugin`. */
export interface Plugin {
  /** The `PLUGIN_API` of the kit the plugin was written with. */
  readonly api: number;
  readonly actions: readonly Action[];
}

/** Gathers the actions of a package, stamped with the version of the kit they were written with. */
export const definePlugin = ({ actions }: { readonly actions: readonly Action[] }): Plugin => ({
  api: PLUGIN_API,
  actions,
});
