// Which request follows a redirect (RFC 9110 §15.4). Credentials never cross to another origin.
import type { Outgoing } from './outgoing.ts';
import type { Incoming } from './transport.ts';

export class TooManyRedirects extends Error {}
export class UnusableRedirect extends Error {}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const CREDENTIALS: ReadonlySet<string> = new Set(['authorization', 'cookie', 'proxy-authorization', 'host']);

/** Where a response sends its client; undefined when it is no redirect. */
export const redirectTarget = ({ status, headers }: Incoming, from: URL): URL | undefined => {
  const { location } = headers;
  if (!REDIRECTS.has(status) || typeof location !== 'string') return undefined;
  const target = URL.parse(location, from.href);
  if (target === null || !/^https?:$/.test(target.protocol)) {
    throw new UnusableRedirect(`${from.href} redirects to "${location}", which is not an HTTP address`);
  }
  target.hash = '';
  return target;
};

/** The next request; `secretHeaders` are left behind, like other credentials, when the origin changes. */
export const redirected = (
  { method, url, headers, body }: Outgoing,
  target: URL,
  { status, secretHeaders }: { readonly status: number; readonly secretHeaders: ReadonlySet<string> },
): Outgoing => {
  const turnsIntoGet = status === 303 ? method !== 'HEAD' : status <= 302 && method === 'POST';
  const crosses = target.origin !== url.origin;
  const keeps = (name: string): boolean =>
    !(turnsIntoGet && name.startsWith('content-')) && !(crosses && (CREDENTIALS.has(name) || secretHeaders.has(name)));
  return {
    method: turnsIntoGet ? 'GET' : method,
    url: target,
    headers: headers.flatMap((name, index) =>
      index % 2 === 0 && keeps(name.toLowerCase()) ? [name, headers[index + 1] ?? ''] : [],
    ),
    body: turnsIntoGet ? undefined : body,
  };
};
