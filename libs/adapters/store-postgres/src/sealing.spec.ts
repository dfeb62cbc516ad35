import { describe, expect, test } from '@jest/globals';
import { aesSealer, type MasterKeys } from './sealing.ts';

const key = (byte: number) => new Uint8Array(32).fill(byte);
const keys = (current: string, ...ids: readonly string[]): MasterKeys => ({
  current,
  keys: new Map(ids.map((id) => [id, key(id.length)])),
});

describe('a sealed secret', () => {
  const sealer = aesSealer(keys('a', 'a'));

  test('opens to what it was, and says nothing of it', () => {
    const sealed = sealer.seal('stg-token-ä', 'w/TOKEN');
    expect(sealed).toMatch(/^v1\.a\.[\w-]+$/);
    expect(sealed).not.toContain('stg-token');
    expect(sealer.open(sealed, 'w/TOKEN')).toBe('stg-token-ä');
  });

  test('differs each time, so that equal secrets cannot be told', () => {
    expect(sealer.seal('same', 'w')).not.toBe(sealer.seal('same', 'w'));
  });

  test('does not open elsewhere', () => {
    const sealed = sealer.seal('secret', 'workspace-1/TOKEN');
    expect(() => sealer.open(sealed, 'workspace-2/TOKEN')).toThrow();
  });

  test('does not open when a byte of it was changed', () => {
    const sealed = sealer.seal('secret', 'w');
    const [version, id, body] = sealed.split('.') as [string, string, string];
    const bytes = Buffer.from(body, 'base64url');
    for (const at of [0, 12, bytes.length - 1]) {
      const forged = Buffer.from(bytes);
      forged[at] = (forged[at] ?? 0) ^ 1;
      expect(() => sealer.open([version, id, forged.toString('base64url')].join('.'), 'w')).toThrow();
    }
  });

  test('survives a change of the master key, and is known to be old', () => {
    const sealed = sealer.seal('secret', 'w');
    const rotated = aesSealer(keys('bb', 'a', 'bb'));
    expect(rotated.open(sealed, 'w')).toBe('secret');
    expect(rotated.isCurrent(sealed)).toBe(false);
    expect(rotated.isCurrent(rotated.seal('secret', 'w'))).toBe(true);
  });

  test('names the key it needs', () => {
    const sealed = sealer.seal('secret', 'w');
    expect(() => aesSealer(keys('bb', 'bb')).open(sealed, 'w')).toThrow(/master key `a`/);
  });
});

test.each([
  ['a current key that is not there', { current: 'b', keys: new Map([['a', key(1)]]) }, /`b` is not given/],
  ['a key that is too short', { current: 'a', keys: new Map([['a', new Uint8Array(16)]]) }, /16 bytes, it needs 32/],
  ['an id with a dot', { current: 'a.b', keys: new Map([['a.b', key(1)]]) }, /cannot be the id/],
])('%s is refused at once', (_what, given, expected) => {
  expect(() => aesSealer(given)).toThrow(expected);
});
