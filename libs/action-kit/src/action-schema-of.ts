import type { ActionSchema } from '@testmesh/contracts';

/** What has to be said of an action; the rest has a meaning when it is left out. */
export type DescribedAction<Config extends ActionSchema['config']> = Pick<ActionSchema, 'type' | 'summary'> &
  Partial<Omit<ActionSchema, 'type' | 'summary' | 'config'>> & { readonly config: Config };

/**
 * The schema of an action from what is particular to it. Left out: no other names, no result keys that are known beforehand,
 * an effect that must not happen twice, nothing checked by the action itself.
 */
export const actionSchema = <Config extends ActionSchema['config']>(
  described: DescribedAction<Config>,
): ActionSchema & { readonly config: Config } => ({
  aliases: [],
  keyAliases: {},
  environmentKeys: [],
  result: { '*': { type: 'any', description: 'what the action gives back' } },
  resultAliases: {},
  effect: () => 'once',
  checksByItself: false,
  example: '',
  ...described,
});
