// Where a database is and who asks: from a URL, libpq's key=value words or a map, in the spellings of the cloud vendors.
import type { ConnectionConfig } from './config.ts';
import type { Dialect } from './statement.ts';

type SslMode = 'disable' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';

export interface Address {
  readonly dialect: Dialect;
  /** A host name, or the folder of a Unix socket when it begins with a slash. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string | undefined;
  readonly database: string;
  readonly ssl: SslMode;
  /** A CA file for the modes that verify. */
  readonly rootCertificate: string | undefined;
  readonly connectTimeoutMs: number;
  /** What libpq calls `options`: `-c search_path=a`. */
  readonly options: string | undefined;
}

export class UnusableConnection extends Error {}

const DIALECTS: Readonly<Record<string, Dialect>> = {
  postgres: 'postgres',
  postgresql: 'postgres',
  mysql: 'mysql',
  mariadb: 'mysql',
};
const PORTS: Readonly<Record<Dialect, number>> = { postgres: 5432, mysql: 3306 };
const CONNECT_TIMEOUT_MS = 10_000;

/** The words of a connection, whatever its spelling. */
type Words = ReadonlyMap<string, string>;

const SPELLINGS: Readonly<Record<string, string>> = {
  username: 'user',
  dbname: 'database',
  'ssl-mode': 'sslmode',
  ssl_mode: 'sslmode',
  sslrootcert: 'ca',
  socket: 'host',
  hostaddr: 'host',
  connecttimeout: 'connect_timeout',
};
const KNOWN: ReadonlySet<string> = new Set([
  ...['host', 'port', 'user', 'password', 'database', 'sslmode', 'ssl', 'ca', 'connect_timeout', 'options'],
  // Accepted from other tools' strings; they have no bearing on a single session.
  ...['application_name', 'client_encoding', 'charset', 'parsetime', 'pgbouncer', 'connection_limit', 'pool_max_conns'],
]);

/** The address a connection names; throws UnusableConnection with the reason. */
export const parseAddress = (connection: ConnectionConfig): Address => {
  if (typeof connection !== 'string') return fromMap(connection);
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(connection)?.[1]?.toLowerCase();
  if (scheme !== undefined) return fromUrl(scheme, connection);
  if (/^\s*\w+\s*=/.test(connection)) return addressOf('postgres', fromKeyValue(connection));
  throw new UnusableConnection(
    'the connection is neither a URL (postgresql://user:password@host:5432/database) nor a list of key=value words',
  );
};

const fromMap = (map: Exclude<ConnectionConfig, string>): Address => {
  const { type, ssl, timeout, ...rest } = map;
  const words = Object.entries(rest).flatMap(([key, value]): [string, string][] =>
    value === undefined ? [] : [[SPELLINGS[key] ?? key, String(value)]],
  );
  if (ssl !== undefined) words.push(['sslmode', typeof ssl === 'string' ? ssl : ssl ? 'require' : 'disable']);
  if (timeout !== undefined) words.push(['connect_timeout', String(timeout / 1000)]);
  return addressOf(dialectOf(type), new Map(words));
};

const dialectOf = (name: string): Dialect => {
  const dialect = DIALECTS[name];
  if (dialect !== undefined) return dialect;
  throw new UnusableConnection(`"${name}" is not a database this action speaks to: it knows postgresql and mysql`);
};

const fromUrl = (scheme: string, text: string): Address => {
  const dialect = dialectOf(scheme);
  const rest = text.slice(text.indexOf('://') + 3);
  const [, authority = '', path = '', query = ''] = /^([^/?]*)(\/[^?]*)?(?:\?(.*))?$/s.exec(rest) ?? [];
  // The user name may hold an @ of its own (app@server), so the last one ends the credentials.
  const at = authority.lastIndexOf('@');
  const words: [string, string][] = [];
  if (at >= 0) words.push(...credentials(authority.slice(0, at)));
  words.push(...hostAndPort(authority.slice(at + 1)));
  if (path.length > 1) words.push(['database', decode(path.slice(1))]);
  for (const [key, value] of new URLSearchParams(query)) words.push([spelling(key), value]);
  return addressOf(dialect, new Map(words));
};

const credentials = (userinfo: string): [string, string][] => {
  const colon = userinfo.indexOf(':');
  if (colon < 0) return [['user', decode(userinfo)]];
  return [
    ['user', decode(userinfo.slice(0, colon))],
    ['password', decode(userinfo.slice(colon + 1))],
  ];
};

const hostAndPort = (text: string): [string, string][] => {
  if (text === '') return [];
  const [, host = '', port] = /^(\[[^\]]+\]|[^:]*)(?::(.*))?$/.exec(text) ?? [];
  const name = decode(host.replace(/^\[|\]$/g, ''));
  return port === undefined
    ? [['host', name]]
    : [
        ['host', name],
        ['port', port],
      ];
};

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    // A lone percent sign is a character like any other, as every driver takes it.
    return text;
  }
};

const spelling = (key: string): string => SPELLINGS[key.toLowerCase()] ?? key.toLowerCase();

const fromKeyValue = (text: string): Words => {
  const words = text.matchAll(/(\w+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|(\S*))/g);
  return new Map(
    [...words].map(([, key = '', quoted, plain = '']): [string, string] => [
      spelling(key),
      quoted === undefined ? plain : quoted.replace(/\\(.)/g, '$1'),
    ]),
  );
};

const addressOf = (dialect: Dialect, words: Words): Address => {
  const unknown = [...words.keys()].find((key) => !KNOWN.has(key));
  if (unknown !== undefined) throw new UnusableConnection(`the connection has an unknown setting "${unknown}"`);
  const host = words.get('host') || 'localhost';
  const user = words.get('user');
  if (user === undefined || user === '') throw new UnusableConnection(`the connection to ${host} names no user`);
  return {
    dialect,
    host,
    port: wholeNumber(words, 'port') ?? PORTS[dialect],
    user,
    password: words.get('password'),
    database: words.get('database') ?? (dialect === 'postgres' ? user : ''),
    ssl: sslMode(words, host),
    rootCertificate: words.get('ca'),
    connectTimeoutMs: secondsOf(words, 'connect_timeout') ?? CONNECT_TIMEOUT_MS,
    options: words.get('options'),
  };
};

const secondsOf = (words: Words, key: string): number | undefined => {
  const text = words.get(key);
  return text === undefined ? undefined : Number(text) * 1000;
};

const wholeNumber = (words: Words, key: string): number | undefined => {
  const text = words.get(key);
  if (text === undefined) return undefined;
  if (/^\d{1,5}$/.test(text)) return Number(text);
  throw new UnusableConnection(`the connection's ${key} is "${text}", which is not a number`);
};

const SSL_MODES: Readonly<Record<string, SslMode>> = {
  disable: 'disable',
  disabled: 'disable',
  false: 'disable',
  '0': 'disable',
  allow: 'prefer',
  prefer: 'prefer',
  preferred: 'prefer',
  require: 'require',
  required: 'require',
  true: 'require',
  '1': 'require',
  'no-verify': 'require',
  'verify-ca': 'verify-ca',
  verify_ca: 'verify-ca',
  'verify-full': 'verify-full',
  verify_identity: 'verify-full',
};

/** Nothing said: plain on this machine, encrypted where the server can elsewhere. */
const sslMode = (words: Words, host: string): SslMode => {
  const said = words.get('sslmode') ?? words.get('ssl');
  if (said === undefined) return isHere(host) ? 'disable' : 'prefer';
  const mode = SSL_MODES[said.toLowerCase()];
  if (mode === undefined) throw new UnusableConnection(`the connection's sslmode "${said}" is not known`);
  return mode;
};

const isHere = (host: string): boolean =>
  host.startsWith('/') || host === 'localhost' || host === '::1' || host.startsWith('127.');

/** The address as messages and reports show it: everything but the password. */
export const showAddress = ({ dialect, user, host, port, database }: Address): string => {
  const scheme = dialect === 'postgres' ? 'postgresql' : 'mysql';
  if (host.startsWith('/')) return `${scheme}://${user}@/${database}?host=${host}`;
  return `${scheme}://${user}@${host}:${port}/${database}`;
};
