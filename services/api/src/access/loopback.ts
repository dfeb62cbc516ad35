import { Problem } from '@testmesh/contracts';

// Without keys the browser of whoever sits at the machine is the danger: a page of another site must not be able to start a container.

type Headers = Readonly<Record<string, string | undefined>>;

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Refuses requests whose Host is not this machine's (a rebound name) or that a page of another site sent. */
export const refuseForeignPages = (headers: Headers): void => {
  if (!isLoopback(`http://${headers['host'] ?? ''}`)) {
    throw new Problem(
      'foreign-origin',
      `Host is ${headers['host'] ?? 'absent'}, but without keys only localhost is served`,
    );
  }
  const { origin } = headers;
  if (origin !== undefined && !isLoopback(origin)) {
    throw new Problem('foreign-origin', `a page of ${origin} must not use this server`);
  }
  if (headers['sec-fetch-site'] === 'cross-site') {
    throw new Problem('foreign-origin', 'a page of another site must not use this server');
  }
};

const isLoopback = (url: string): boolean => URL.canParse(url) && LOOPBACK.has(new URL(url).hostname);
