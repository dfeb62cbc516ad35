import { defineAction } from '@testmesh/action-kit';
import { delaySchema } from './schema.ts';

export const delay = defineAction({
  schema: delaySchema,
  async run({ duration }, { clock, signal }) {
    await clock.sleep(duration, signal);
    return {
      kind: 'completed',
      output: { duration: `${duration}ms`, duration_ms: duration, completed: true },
    };
  },
});
