import { hash } from 'node:crypto';
import type { Random } from '@testmesh/ports';

/** xoshiro128** (Blackman and Vigna 2018) started from the seed's hash: the same seed gives the same sequence everywhere. */
export const seededRandom = (seed: string): Random => {
  const digest = hash('sha256', seed, 'buffer');
  const state = new Uint32Array([0, 4, 8, 12].map((at) => digest.readUInt32LE(at)));
  const next32 = (): number => {
    const [a = 0, b = 0, c = 0, d = 0] = state;
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const c1 = c ^ a;
    const d1 = d ^ b;
    state[1] = b ^ c1;
    state[0] = a ^ d1;
    state[2] = c1 ^ (b << 9);
    state[3] = rotate(d1, 11);
    return result;
  };
  const next = (): number => ((next32() >>> 5) * 2 ** 26 + (next32() >>> 6)) / 2 ** 53;
  return { next, uuid: () => uuidFrom(next32) };
};

const rotate = (x: number, by: number): number => (x << by) | (x >>> (32 - by));

const uuidFrom = (next32: () => number): string => {
  const bytes = Buffer.alloc(16);
  for (const at of [0, 4, 8, 12]) bytes.writeUInt32LE(next32(), at);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
};
