// The bytes of a view are its report as JSON, which says the same words over and over: packed they are a tenth. Brotli at its
// fastest takes a third of what PostgreSQL's own compression does, and like the hash a thread beside this one.
import { webcrypto } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, brotliDecompress, constants } from 'node:zlib';
import type { ViewChange } from '@testmesh/ports';

const compress = promisify(brotliCompress);
const decompress = promisify(brotliDecompress);

/** A change with its long parts as they go into the database. */
export interface PackedChange extends ViewChange {
  readonly packed?: { readonly bytes: Buffer; readonly sha256: string; readonly outline: Buffer };
}

export const packed = (changes: readonly ViewChange[]): Promise<readonly PackedChange[]> =>
  Promise.all(changes.map(withPacked));

const withPacked = async (change: ViewChange): Promise<PackedChange> => {
  const { bytes, outline = '[]' } = change;
  if (bytes === undefined) return change;
  const [digest, body] = await Promise.all([
    webcrypto.subtle.digest('SHA-256', bytes),
    compress(bytes, settings(bytes)),
  ]);
  const sha256 = Buffer.from(digest).toString('hex');
  return { ...change, packed: { bytes: body, sha256, outline: Buffer.from(outline) } };
};

const settings = ({ length }: Uint8Array) => ({
  params: { [constants.BROTLI_PARAM_QUALITY]: 1, [constants.BROTLI_PARAM_SIZE_HINT]: length },
});

/** How the bytes of a row are packed: as HTTP names it (RFC 9110 §8.4.1). */
export type Coding = 'identity' | 'br';

/** Bytes come out of the packer a chunk at a time, each by way of a thread: few chunks take half the time of many. */
const LEAST_CHUNK = 16_384;
const USUAL_RATIO = 32;

/** Throws where the bytes are not what they were said to be. */
export const unpacked = async (bytes: Buffer, coding: Coding): Promise<Buffer> =>
  coding === 'br' ? decompress(bytes, { chunkSize: Math.max(LEAST_CHUNK, bytes.length * USUAL_RATIO) }) : bytes;
