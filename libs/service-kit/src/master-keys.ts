export interface MasterKeys {
  /** Id of the key that seals from now on. */
  readonly current: string;
  /** 32 bytes each. */
  readonly keys: ReadonlyMap<string, Uint8Array>;
}

const VARIABLE = 'TESTMESH_ENCRYPTION_KEYS';

/**
 * Reads `ID:HEX,ID:HEX…` (64 hex digits each); the first key seals, the others still open what they sealed.
 * A key is rotated by putting a new one first and taking the old one away once everything was sealed anew.
 */
export const masterKeys = (text: string | undefined): MasterKeys => {
  const parts = (text ?? '').split(',').filter((part) => part.trim() !== '');
  const keys = parts.map((part): [string, Uint8Array] => {
    const [, id, hex] = /^\s*([A-Za-z0-9_-]{1,32}):([0-9a-fA-F]{64})\s*$/.exec(part) ?? [];
    if (id === undefined || hex === undefined) {
      throw new Error(
        `${VARIABLE} has a key that is not ID:64 hex digits; \`echo k1:$(openssl rand -hex 32)\` makes one`,
      );
    }
    return [id, Buffer.from(hex, 'hex')];
  });
  const [first] = keys;
  if (first === undefined) {
    throw new Error(`${VARIABLE} is not set: it names the keys that secrets are encrypted with, as ID:64 hex digits`);
  }
  if (new Set(keys.map(([id]) => id)).size !== keys.length) throw new Error(`${VARIABLE} names a key id twice`);
  return { current: first[0], keys: new Map(keys) };
};
