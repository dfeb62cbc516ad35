import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

// An API key is `tm_live_` and 48 hex digits. It has 192 random bits, so a plain sha256 keeps it: nothing can be guessed from that.

const KEY = /^tm_live_[0-9a-f]{48}$/;
const PREFIX_LENGTH = 12;

export interface NewKey {
  /** Shown once, kept nowhere. */
  readonly text: string;
  readonly prefix: string;
  readonly hash: string;
}

export const newApiKey = (): NewKey => {
  const text = `tm_live_${randomBytes(24).toString('hex')}`;
  return { text, prefix: keyPrefix(text), hash: keyHash(text) };
};

export const isApiKey = (text: string): boolean => KEY.test(text);

export const keyPrefix = (text: string): string => text.slice(0, PREFIX_LENGTH);

export const keyHash = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Compares hex digests without telling by its time where they differ. */
export const sameHash = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
