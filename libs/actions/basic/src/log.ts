import { defineAction } from '@testmesh/action-kit';
import { stringifyJson } from '@testmesh/domain';
import { logSchema } from './schema.ts';

export const log = defineAction({
  schema: logSchema,
  async run({ message, level, data }, context) {
    const text = typeof message === 'string' ? message : stringifyJson(message);
    const shown = data === undefined ? {} : { data };
    context.log(text, { level, ...shown });
    return { kind: 'completed', output: { message: text, level, ...shown, logged: true } };
  },
});
