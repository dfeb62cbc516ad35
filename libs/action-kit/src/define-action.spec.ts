import { expect, test } from '@jest/globals';
import type { ActionSchema } from '@testmesh/contracts';
import * as z from 'zod';
import type { ActionContext } from './action-context.ts';
import { defineAction } from './define-action.ts';

const schema = {
  type: 'pause',
  aliases: [],
  summary: 'Do nothing for a while.',
  config: z.strictObject({ seconds: z.number() }),
  keyAliases: {},
  environmentKeys: [],
  result: {},
  resultAliases: {},
  effect: () => 'repeatable',
  checksByItself: false,
  example: '',
} as const satisfies ActionSchema;

const action = defineAction({
  schema,
  run: async ({ seconds }) => ({ kind: 'completed', output: { seconds } }),
});

// Neither outcome below looks at the context.
const context = {} as ActionContext;

test('a config that fits is carried out', async () => {
  expect(await action.perform({ seconds: 2 }, context)).toEqual({ kind: 'completed', output: { seconds: 2 } });
});

test('a config that does not fit once it is rendered is told with its keys, and nothing is carried out', async () => {
  expect(await action.perform({ seconds: 'soon', more: 1 }, context)).toEqual({
    kind: 'not-carried-out',
    code: 'TM3201',
    reason: expect.stringMatching(/^the config of pause does not fit once its templates are rendered: seconds: .*more/),
  });
});
