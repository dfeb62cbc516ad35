import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

// Passwords as scrypt keeps them: `scrypt$N$r$p$salt$hash`. Invariants:
// W1. Whoever has the table still pays 32 MiB and a tenth of a second for each guess.
// W2. An address that nobody has costs as long as one that somebody has.
// W3. No more than two are worked out at once, so that logins cannot use up memory and threads.

const COST = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };
const KEY_BYTES = 32;
const KEPT = /^scrypt\$(\d{1,8})\$(\d{1,3})\$(\d{1,3})\$([0-9a-f]{32})\$([0-9a-f]{64})$/;
const AT_ONCE = 2;
const WAITING = 50;

/** What an unknown address is compared with. */
const NOBODY = `scrypt$${COST.N}$${COST.r}$${COST.p}$${'0'.repeat(32)}$${'0'.repeat(64)}`;

export const hashPassword = async (password: string): Promise<string> => {
  const salt = randomBytes(16);
  const hash = await derive(password, salt, COST);
  return `scrypt$${COST.N}$${COST.r}$${COST.p}$${salt.toString('hex')}$${hash.toString('hex')}`;
};

/** Whether a password is the kept one; false, as late, where nothing is kept. */
export const isPassword = async (password: string, kept: string | undefined): Promise<boolean> => {
  const [, N, r, p, salt, hash] = KEPT.exec(kept ?? NOBODY) ?? [];
  if (salt === undefined || hash === undefined) throw new Error('a kept password is not in its form');
  const derived = await derive(password, Buffer.from(salt, 'hex'), {
    ...COST,
    N: Number(N),
    r: Number(r),
    p: Number(p),
  });
  return timingSafeEqual(derived, Buffer.from(hash, 'hex')) && kept !== undefined;
};

/** Too many are waiting for their password to be worked out. */
export class TooManyLogins extends Error {}

const queue: (() => void)[] = [];
let underWay = 0;

const derive = async (password: string, salt: Buffer, cost: typeof COST): Promise<Buffer> => {
  if (underWay >= AT_ONCE) {
    if (queue.length >= WAITING) throw new TooManyLogins('too many logins at once');
    await new Promise<void>((resolve) => queue.push(resolve));
  }
  underWay += 1;
  try {
    return await new Promise((resolve, reject) => {
      // The same text may be typed in more than one form of Unicode.
      scrypt(password.normalize('NFKC'), salt, KEY_BYTES, cost, (error, key) => (error ? reject(error) : resolve(key)));
    });
  } finally {
    underWay -= 1;
    queue.shift()?.();
  }
};

const SHORTEST = 10;

/** Why a new password is not taken; undefined when it is. */
export const weaknessOf = (password: string, email: string): string | undefined => {
  if ([...password].length < SHORTEST) return `a password has at least ${SHORTEST} characters`;
  if (new Set(password).size < 5) return 'a password of so few different characters is guessed at once';
  const local = email.split('@')[0]?.toLowerCase() ?? '';
  if (local.length >= 4 && password.toLowerCase().includes(local)) return 'a password does not hold the address';
  return undefined;
};
