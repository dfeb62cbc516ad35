import { createHash, randomBytes } from 'node:crypto';

// A browser's session is 256 random bits in a cookie that no script reads. What scripts send along to prove that the
// page is ours is worked out from it, so nothing more is kept.

const COOKIE = 'testmesh_session';
const TOKEN = /^[0-9a-f]{64}$/;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export const newSessionToken = (): string => randomBytes(32).toString('hex');

export const sessionHash = (token: string): string => sha256(token);

/** What `X-CSRF-Token` has to be. */
export const csrfToken = (token: string): string => sha256(`csrf ${token}`);

/** The token in a Cookie header; undefined when there is none that could be one. */
export const sessionTokenIn = (cookie: string | undefined): string | undefined => {
  const found = (cookie ?? '')
    .split(';')
    .map((part) => part.trim())
    .find((part) => part.startsWith(`${COOKIE}=`));
  const token = found?.slice(COOKIE.length + 1);
  return token !== undefined && TOKEN.test(token) ? token : undefined;
};

/** The Set-Cookie header; without a token it takes the cookie away. */
export const sessionCookie = (token: string | undefined, host: string | undefined, seconds: number): string => {
  const secure = isLoopbackHost(host) ? '' : '; Secure';
  const value = token === undefined ? '; Max-Age=0' : `; Max-Age=${Math.floor(seconds)}`;
  return `${COOKIE}=${token ?? ''}; Path=/; HttpOnly; SameSite=Strict${secure}${value}`;
};

/** A browser keeps a secure cookie of `http://localhost` in some makes only. */
const isLoopbackHost = (host = ''): boolean => /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/.test(host);
