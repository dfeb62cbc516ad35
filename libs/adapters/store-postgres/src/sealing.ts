import { createCipheriv, createDecipheriv, type DecipherGCM, randomBytes } from 'node:crypto';

/** Master keys by id: the current one seals, the others still open what they sealed. */
export interface MasterKeys {
  readonly current: string;
  /** 32 bytes each. */
  readonly keys: ReadonlyMap<string, Uint8Array>;
}

/** Keeps a secret as text; `context` names what it belongs to, and it opens nowhere else. */
export interface Sealer {
  /** Id of the key that seals; it stands second in what it sealed. */
  readonly current: string;
  readonly seal: (secret: string, context: string) => string;
  readonly open: (sealed: string, context: string) => string;
  readonly isCurrent: (sealed: string) => boolean;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_ID = /^[A-Za-z0-9_-]{1,32}$/;

/** What was sealed does not open with the keys that are given. */
export class WrongMasterKey extends Error {
  override readonly name = 'WrongMasterKey';
}

/** AES-256-GCM; a sealed text is `v1.<key id>.<base64url of nonce, tag and ciphertext>`. */
export const aesSealer = ({ current, keys }: MasterKeys): Sealer => {
  const keyOf = (id: string): Uint8Array => {
    const key = keys.get(id);
    if (key === undefined) {
      throw new WrongMasterKey(`the master key \`${id}\` is not given; it is needed to open a secret`);
    }
    return key;
  };
  for (const [id, key] of keys) {
    if (!KEY_ID.test(id)) throw new Error(`\`${id}\` cannot be the id of a master key: letters, digits, _ and -`);
    if (key.length !== 32) throw new Error(`the master key \`${id}\` has ${key.length} bytes, it needs 32`);
  }
  keyOf(current);
  return {
    current,
    seal: (secret, context) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', keyOf(current), nonce).setAAD(Buffer.from(context));
      const body = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
      return `v1.${current}.${Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')}`;
    },
    open: (sealed, context) => {
      const { id, bytes } = partsOf(sealed);
      const decipher = createDecipheriv('aes-256-gcm', keyOf(id), bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      const body = bytes.subarray(NONCE_BYTES + TAG_BYTES);
      const begin = decipher.update(body);
      return Buffer.concat([begin, finished(decipher, id)]).toString('utf8');
    },
    isCurrent: (sealed) => partsOf(sealed).id === current,
  };
};

const finished = (decipher: DecipherGCM, id: string): Buffer => {
  try {
    return decipher.final();
  } catch (cause) {
    throw new WrongMasterKey(`the master key \`${id}\` does not open a secret: another one of that id sealed it`, {
      cause,
    });
  }
};

const partsOf = (sealed: string) => {
  const [version, id, body, ...rest] = sealed.split('.');
  if (version !== 'v1' || id === undefined || body === undefined || rest.length > 0) {
    throw new Error('a sealed secret is v1.<key id>.<base64url>; this text is none');
  }
  return { id, bytes: Buffer.from(body, 'base64url') };
};
