// Where a Redis is and who asks, from a URL or from its parts. The parts win over the URL.
import type { Connection } from '../schema/values.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
  /** A socket's path instead of host and port. */
  readonly path?: string;
  readonly username?: string;
  readonly password?: string;
  readonly db: number;
  readonly secure: boolean;
}

// The userinfo reaches to the last @ before the host: user names of cloud providers hold one themselves.
const URL_FORM = /^(rediss?):\/\/(?:(.*)@)?(\[[^\]]+\]|[^:/?#@[\]]+)?(?::(\d+))?(?:\/(\d*))?(?:[?#].*)?$/s;

/** Undefined when the URL cannot be read. */
export const addressOf = (config: Connection): Address | undefined => {
  const fromUrl = config.url === undefined ? {} : parseUrl(config.url);
  if (fromUrl === undefined) return undefined;
  const { username, password, db, host, port } = config;
  const secure = config.tls?.enabled ?? fromUrl.secure ?? false;
  const given = definedOnly({ host, port, username, password, db });
  return { host: 'localhost', port: 6379, db: 0, ...fromUrl, ...given, secure };
};

/** How the address is shown: without user and password. */
export const shownAddress = ({ host, port, path, db }: Address): string =>
  `${path ?? `${host.includes(':') ? `[${host}]` : host}:${port}`}${db === 0 ? '' : `/${db}`}`;

const parseUrl = (url: string): Partial<Address> | undefined => {
  if (url.startsWith('unix://')) return { path: url.slice('unix://'.length) };
  const [, scheme, userinfo, host, port, db] = URL_FORM.exec(url) ?? [];
  if (scheme === undefined) return undefined;
  return {
    secure: scheme === 'rediss',
    ...credentialsOf(userinfo),
    ...(host && { host: host.replace(/^\[|\]$/g, '') }),
    ...(port && { port: Number(port) }),
    ...(db && { db: Number(db) }),
  };
};

const credentialsOf = (userinfo: string | undefined): Partial<Address> => {
  if (userinfo === undefined) return {};
  const colon = userinfo.indexOf(':');
  // `redis://word@host` is how some tools write a password alone; Redis itself reads it as a user without one.
  const username = decoded(colon < 0 ? userinfo : userinfo.slice(0, colon));
  return { ...(username && { username }), ...(colon >= 0 && { password: decoded(userinfo.slice(colon + 1)) }) };
};

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a lone % stands for itself
  }
};

const definedOnly = <T extends object>(parts: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
