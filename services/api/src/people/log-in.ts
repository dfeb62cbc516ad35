import { createHash } from 'node:crypto';
import { Problem } from '@testmesh/contracts';
import type { User } from '@testmesh/store-postgres';
import { isPassword, TooManyLogins } from '../access/password.ts';
import type { PeopleDeps } from './deps.ts';

// Whether somebody is who they say. Invariants:
// L1. An answer does not tell, by its text or its time, whether there is such an address.
// L2. A try counts before it is judged, so that many at once are no more guesses than one after the other; the counts
//     are in the database, for all replicas together.
// L3. After five failures each further try has to wait, longer each time, at most a quarter of an hour: nobody can lock
//     somebody else out for good.

const FREE_TRIES = 5;
const WINDOW_MS = 15 * 60_000;
const FIRST_WAIT_MS = 30_000;

export interface Credentials {
  readonly email: string;
  readonly password: string;
}

/** The person with these credentials; refuses with a Problem. */
export const provenUser = async (
  { users, clock }: Pick<PeopleDeps, 'users' | 'clock'>,
  { email, password }: Credentials,
): Promise<User> => {
  const subject = createHash('sha256').update(`login ${email.toLowerCase()}`).digest('hex');
  const now = clock.now();
  const before = await users.failures(subject, now - WINDOW_MS);
  const waitMs = before.lastMs + waitAfter(before.count) - now;
  if (waitMs > 0) throw tooMany(waitMs);
  const tries = await users.failed(subject, now, now - WINDOW_MS);
  if (tries - before.count > FREE_TRIES) throw tooMany(FIRST_WAIT_MS);
  const user = await users.byEmail(email);
  if (!(await judged(password, user?.password)) || user === undefined) {
    throw new Problem('unauthenticated', 'the address or the password is wrong');
  }
  await users.succeeded(subject);
  return { id: user.id, email: user.email, name: user.name };
};

const waitAfter = (failures: number): number =>
  failures < FREE_TRIES ? 0 : Math.min(WINDOW_MS, FIRST_WAIT_MS * 2 ** Math.min(failures - FREE_TRIES, 10));

const judged = async (password: string, kept: string | undefined): Promise<boolean> => {
  try {
    return await isPassword(password, kept);
  } catch (error) {
    if (error instanceof TooManyLogins) throw tooMany(FIRST_WAIT_MS);
    throw error;
  }
};

const tooMany = (waitMs: number): Problem => {
  const seconds = Math.ceil(waitMs / 1000);
  return new Problem('too-many-requests', `too many failed logins: try again in ${seconds} s`, {
    headers: { 'retry-after': String(seconds) },
  });
};
