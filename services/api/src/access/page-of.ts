import { Problem } from '@testmesh/contracts';
import { type AllowedOrigins, isAllowedPage } from './allowed-origins.ts';
import { sameHash } from './api-key.ts';

type Headers = Readonly<Record<string, string | undefined>>;

const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * A browser sends the session's cookie along with whatever page asks. Only a page of this server, or of one that the operator allows, may use it: a foreign
 * Origin is refused, and what changes something has to bring the token that only our page could read.
 */
export const refuseOtherPages = (
  headers: Headers,
  { method, csrf, allowed }: { readonly method: string; readonly csrf: string; readonly allowed: AllowedOrigins },
): void => {
  if (!isAllowedPage(headers, allowed)) refuseForeignPage(headers);
  if (READING.has(method)) return;
  if (!sameHash(headers['x-csrf-token'] ?? '', csrf)) {
    throw new Problem('foreign-origin', 'send X-CSRF-Token as GET /api/v1/session answers it');
  }
};

const refuseForeignPage = (headers: Headers): void => {
  const { origin, host } = headers;
  if (origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host)) {
    throw new Problem('foreign-origin', `a page of ${origin} must not use a session of ${host ?? 'this server'}`);
  }
  const site = headers['sec-fetch-site'];
  if (site === 'cross-site' || site === 'same-site') {
    throw new Problem('foreign-origin', 'a page of another site must not use this session');
  }
};
