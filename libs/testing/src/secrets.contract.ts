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

    test('keeping a name again replaces its values', async () => {
      await secrets.keep('one', 'inputs', 'old');
      await secrets.keep('one', 'inputs', 'new');
      expect(await secrets.of('one')).toEqual(new Map([['inputs', 'new']]));
    });

    test('a run that is forgotten has none, and others keep theirs', async () => {
      await secrets.keep('one', 'inputs', 'a');
      await secrets.keep('two', 'inputs', 'b');
      await secrets.forget('one');
      await secrets.forget('nobody');
      expect(await secrets.of('one')).toEqual(new Map());
      expect(await secrets.of('two')).toEqual(new Map([['inputs', 'b']]));
    });
  });
