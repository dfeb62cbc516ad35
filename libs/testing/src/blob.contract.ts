import { hash } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { BlobStore } from '@testmesh/ports';

/** What every store of large bodies must keep. */
export const blobContract = (name: string, create: () => BlobStore | Promise<BlobStore>): void =>
  describe(`${name} keeps the blob contract`, () => {
    let blobs: BlobStore;
    beforeEach(async () => {
      blobs = await create();
    });

    const bytes = Uint8Array.from({ length: 1000 }, (_, at) => at % 256);

    test('a body is named by its hash and comes back byte for byte', async () => {
      const stored = await blobs.put(bytes);
      expect(stored).toBe(hash('sha256', bytes));
      expect([...((await blobs.get(stored)) ?? [])]).toEqual([...bytes]);
    });

    test('a part of a larger buffer is stored as that part', async () => {
      const stored = await blobs.put(bytes.subarray(10, 20));
      expect([...((await blobs.get(stored)) ?? [])]).toEqual([...bytes.slice(10, 20)]);
    });

    test('the same body, put by several at once, is one', async () => {
      const stored = await Promise.all([blobs.put(bytes), blobs.put(bytes), blobs.put(Uint8Array.from(bytes))]);
      expect(new Set(stored).size).toBe(1);
    });

    test('nothing at all is a body too', async () => {
      expect([...((await blobs.get(await blobs.put(new Uint8Array()))) ?? [1])]).toEqual([]);
    });

    test('what nobody put is not there', async () => {
      expect(await blobs.get('0'.repeat(64))).toBeUndefined();
      expect(await blobs.get('../../etc/passwd')).toBeUndefined();
    });
  });
