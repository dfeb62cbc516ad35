import { hash } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { BlobStore, BundleStore } from '@testmesh/ports';

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

/** What a store must keep that takes many bodies at once. */
export const bundleContract = (name: string, create: () => BundleStore | Promise<BundleStore>): void =>
  describe(`${name} keeps the bundle contract`, () => {
    const texts = (bodies: readonly (Uint8Array | undefined)[]) =>
      bodies.map((body) => body && Buffer.from(body).toString());
    const bodies = ['a', '', 'b\\x00', 'a', '{"c": [1, 2]}'].map((text) => Buffer.from(text));

    test('bodies put together are named in their order, equal ones by one name', async () => {
      const blobs = await create();
      const names = await blobs.putAll(bodies);
      expect(names).toEqual(bodies.map((body) => hash('sha256', body)));
      expect(texts(await Promise.all(names.map((each) => blobs.get(each))))).toEqual(texts(bodies));
      expect(await blobs.putAll([])).toEqual([]);
    });

    test('bodies that are there, and several who put the same in another order, are no trouble', async () => {
      const blobs = await create();
      const many = Array.from({ length: 300 }, (_, at) => Buffer.from(`${at}`));
      await blobs.put(many[7] ?? bodies[0] ?? new Uint8Array());
      const all = [many, many.toReversed(), many, many.toReversed()];
      const names = await Promise.all(all.map((each) => blobs.putAll(each)));
      expect(names[1]).toEqual(names[0]?.toReversed());
      expect(texts([await blobs.get(names[0]?.[299] ?? '')])).toEqual(['299']);
    });
  });
