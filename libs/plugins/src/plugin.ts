import type { Action, PluginIdentity } from '@testmesh/action-kit';
import type { PluginSource } from '@testmesh/flow';

// The vocabulary of plugins. It has no behaviour but the making of a problem.

export type NamedPlugin = Omit<PluginSource, 'span'>;

/** A plugin that can be used: its actions name it wherever something is wrong. */
export interface LoadedPlugin {
  readonly identity: PluginIdentity;
  readonly source: NamedPlugin;
  readonly actions: readonly Action[];
}

/** Why a plugin cannot be used; a code of the catalogue, a sentence that names the plugin, and what to do. */
export class PluginProblem extends Error {
  override readonly name = 'PluginProblem';
  readonly code: string;
  readonly help: string;

  constructor(code: string, message: string, help: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.help = help;
  }
}

export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
