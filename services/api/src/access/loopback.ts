import { Problem } from '@testmesh/contracts';
import { type AllowedOrigins, isAllowedPage } from './allowed-origins.ts';

// Without keys the browser of whoever sits at the machine is the danger: a page of another site must not be able to start
// a container. A page of another port of this machine is another site's, too: any program may serve one. A browser sends
// Origin with whatever is no plain reading, and Sec-Fetch-Site with everything; what sends neither is no browser. A page
// that reads an answer from elsewhere always says its origin.

type Headers = Readonly<Record<string, string | undefined>>;

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);
/** A page of ours, or an address that somebody typed. */
const OWN_SITES: ReadonlySet<string | undefined> = new Set([undefined, 'same-origin', 'none']);

/** Refuses requests whose Host is not this machine's (a rebound name) or that a page of a server sent that nobody allows. */
export const refuseForeignPages = (headers: Headers, allowed: AllowedOrigins): void => {
  const { host, origin } = headers;
  if (!isLoopback(`http://${host ?? ''}`)) {
    throw new Problem('foreign-origin', `Host is ${host ?? 'absent'}, but without keys only localhost is served`);
  }
  if (isAllowedPage(headers, allowed)) return;
  if (origin !== undefined && origin !== `http://${host}`) {
    throw new Problem('foreign-origin', `a page of ${origin} must not use this server: it is http://${host}`);
  }
  if (!OWN_SITES.has(headers['sec-fetch-site'])) {
    throw new Problem('foreign-origin', 'a page of another site must not use this server');
  }
};

const isLoopback = (url: string): boolean => URL.canParse(url) && LOOPBACK.has(new URL(url).hostname);
