import { defineAction } from '@testmesh/action-kit';
import { documentOf, isMap } from './document.ts';
import { assertSchema } from './schema.ts';

// The flow language makes `assertions` and `expression` the step's own assertions, so they see every name in scope,
// keep their places in the file, and are judged and recorded like all others. Here only the data is put before them.
export const assert = defineAction({
  schema: assertSchema,
  async run({ data }, { expectations }) {
    if (!expectations.present)
      return {
        kind: 'not-carried-out',
        code: 'TM4701',
        reason: 'this assert step has nothing to check',
        help: 'give `assertions`, `expression`, or an `assert` list on the step',
      };
    if (data === undefined) return { kind: 'completed', output: {} };
    const document = documentOf(data);
    return { kind: 'completed', output: { ...(isMap(document) && document), data: document } };
  },
});
