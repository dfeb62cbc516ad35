import { beforeEach, describe, expect, test } from '@jest/globals';
import type { RunSecrets } from '@testmesh/ports';

/** What every keeper of run secrets must keep. */
export const secretsContract = (name: string, create: () => RunSecrets | Promise<RunSecrets>): void =>
  describe(`${name} keeps the contract of run secrets`, () => {
    let secrets: RunSecrets;
    beforeEach(async () => {
      secrets = await create();
    });

    test('values come back by name, for their run alone', async () => {
      await secrets.keep('one', 'inputs', '{"token":"s3cr3t ✓"}');
      await secrets.keep('one', 'captured', '');
      await secrets.keep('two', 'inputs', '{}');
      expect(await secrets.of('one')).toEqual(
        new Map([
          ['inputs', '{"token":"s3cr3t ✓"}'],
          ['captured', ''],
        ]),
      );
      expect(await secrets.of('three')).toEqual(new Map());
    });

    test('runs that are asked for at once each get their own', async () => {
      await secrets.keep('one', 'inputs', 'a');
      await secrets.keep('two', 'inputs', 'b');
      const found = await Promise.all(['two', 'three', 'one', 'two'].map((runId) => secrets.of(runId)));
      expect(found.map((values) => values.get('inputs'))).toEqual(['b', undefined, 'a', 'b']);
    });

    test('keeping a name again replaces its values', async () => {
      await secrets.keep('one', 'inputs', 'old');
      await secrets.keep('one', 'inputs', 'new');
      expect(await secrets.of('one')).toEqual(new Map([['inputs', 'new']]));
    });
  });
