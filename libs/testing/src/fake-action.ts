import type { Action, ActionContext, ActionOutcome } from '@testmesh/action-kit';
import type { Effect, ValueMap } from '@testmesh/domain';
import * as z from 'zod';

export interface FakeActionParts {
  readonly prepare?: Action['prepare'];
  readonly effect?: Effect;
  readonly checksByItself?: boolean;
  readonly resultAliases?: Readonly<Record<string, string>>;
}

/** An action made of a function; without one it answers with its config as the result. */
export const fakeAction = (
  perform: (config: ValueMap, context: ActionContext) => ActionOutcome | Promise<ActionOutcome> = (config) =>
    ok(config),
  { prepare, effect = 'repeatable', checksByItself = false, resultAliases = {} }: FakeActionParts = {},
): Action => ({
  schema: {
    type: 'do',
    aliases: [],
    summary: 'Does what the test says.',
    config: z.unknown(),
    keyAliases: {},
    environmentKeys: [],
    result: {},
    resultAliases,
    effect: () => effect,
    checksByItself,
    example: '',
  },
  ...(prepare && { prepare }),
  perform: async (config, context) => perform(config, context),
});

/** An action's good end. */
export const ok = (output: ValueMap = {}): ActionOutcome => ({ kind: 'completed', output });

/** An action that could not be carried out. */
export const broken = (code = 'ECONNREFUSED', reason = 'nothing listens on 127.0.0.1:1'): ActionOutcome => ({
  kind: 'not-carried-out',
  code,
  reason,
});
