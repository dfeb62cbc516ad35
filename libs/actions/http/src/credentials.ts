// Which parts of a request are credentials, and how they are kept out of what a run records.
import type { ActionContext } from '@testmesh/action-kit';
import type { HttpRequestConfig } from './config.ts';

const MASK = '***';
const NONE: ReadonlySet<string> = new Set();

/** Lower-case names of headers that carry a secret, beyond those that always do. */
export const secretHeaders = ({ auth }: HttpRequestConfig): ReadonlySet<string> =>
  auth?.type === 'api_key' && auth.location === 'header' ? new Set([auth.name.toLowerCase()]) : NONE;

/** The address as reports show it: an API key among the query parameters is masked. */
export const shownUrl = (url: URL, { auth }: HttpRequestConfig): string => {
  if (auth?.type !== 'api_key' || auth.location !== 'query' || auth.key === '') return url.href;
  return url.href.replaceAll(`=${encodeURIComponent(auth.key)}`, `=${MASK}`);
};

/** Below this length masking by value would hide ordinary words as well. */
const SHORTEST_SECRET = 8;

/** Masks a credential wherever it appears from now on. */
export const keepSecret = (text: string, context: ActionContext): void => {
  if (text.length >= SHORTEST_SECRET) context.secret(text);
};

/** Masks what the Authorization and Cookie headers and `auth` say. */
export const keepCredentialsSecret = (
  config: HttpRequestConfig,
  headers: readonly string[],
  context: ActionContext,
): void => {
  const { auth, cookies } = config;
  if (auth?.type === 'basic') keepSecret(auth.password, context);
  if (auth?.type === 'bearer') keepSecret(auth.token, context);
  if (auth?.type === 'api_key') keepSecret(auth.key, context);
  for (const value of Object.values(cookies ?? {})) keepSecret(String(value), context);
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index]?.toLowerCase();
    const value = headers[index + 1] ?? '';
    // The scheme's name is no secret: `Bearer abc` masks `abc`.
    if (name === 'authorization' || name === 'proxy-authorization') keepSecret(value.replace(/^\S+ /, ''), context);
    if (name === 'cookie')
      for (const pair of value.split(/; */)) keepSecret(pair.slice(pair.indexOf('=') + 1), context);
  }
};
