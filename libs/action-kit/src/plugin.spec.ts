import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { actionSchema } from './action-schema-of.ts';
import { defineAction } from './define-action.ts';
import { definePlugin, PLUGIN_API } from './plugin.ts';

const config = z.strictObject({ name: z.string() });

test('an action of which only the particular is said may not happen twice and checks nothing by itself', () => {
  const schema = actionSchema({ type: 'greet', summary: 'Say hello.', config });
  expect(schema.effect({ name: 'Ada' })).toBe('once');
  expect(schema).toMatchObject({ type: 'greet', checksByItself: false, aliases: [], keyAliases: {} });
});

test('what is said wins over what is left out', () => {
  const schema = actionSchema({ type: 'greet', summary: 'Say hello.', config, checksByItself: true, aliases: ['hi'] });
  expect(schema).toMatchObject({ checksByItself: true, aliases: ['hi'] });
});

test('a plugin carries the version of the kit it was written with', () => {
  const greet = defineAction({
    schema: actionSchema({ type: 'greet', summary: 'Say hello.', config }),
    run: async ({ name }) => ({ kind: 'completed', output: { said: `hello ${name}` } }),
  });
  expect(definePlugin({ actions: [greet] })).toEqual({ api: PLUGIN_API, actions: [greet] });
});
