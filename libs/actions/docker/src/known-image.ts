// Images whose connection string and readiness we know, told by a part of their name.

export interface KnownImage {
  readonly kind: 'postgres' | 'redis' | 'mysql' | 'mongo';
  readonly port: number;
  readonly user?: string;
  readonly password?: string;
  readonly database?: string;
}

type Env = Readonly<Record<string, string>>;

const FAMILIES: readonly { readonly pattern: RegExp; readonly describe: (env: Env) => KnownImage }[] = [
  {
    pattern: /postgres|postgis|timescale|pgvector/,
    describe: (env) => {
      const user = env['POSTGRES_USER'] ?? 'postgres';
      const database = env['POSTGRES_DB'] ?? user;
      return { kind: 'postgres', port: 5432, user, database, ...optional('password', env['POSTGRES_PASSWORD']) };
    },
  },
  {
    pattern: /redis|valkey/,
    describe: (env) => ({ kind: 'redis', port: 6379, ...optional('password', env['REDIS_PASSWORD']) }),
  },
  {
    pattern: /mysql|mariadb/,
    describe: (env) => {
      const read = (key: string): string | undefined => env[`MYSQL_${key}`] ?? env[`MARIADB_${key}`];
      const user = read('USER') ?? 'root';
      const password = user === 'root' ? read('ROOT_PASSWORD') : read('PASSWORD');
      return {
        kind: 'mysql',
        port: 3306,
        user,
        ...optional('password', password),
        ...optional('database', read('DATABASE')),
      };
    },
  },
  {
    pattern: /mongo/,
    describe: (env) => ({
      kind: 'mongo',
      port: 27_017,
      ...optional('user', env['MONGO_INITDB_ROOT_USERNAME']),
      ...optional('password', env['MONGO_INITDB_ROOT_PASSWORD']),
    }),
  },
];

const optional = <Key extends string>(key: Key, value: string | undefined): { [K in Key]?: string } =>
  (value === undefined ? {} : { [key]: value }) as { [K in Key]?: string };

/** What is known of an image; its registry and tag do not matter (`registry.example/team/postgres:16`). */
export const knownImage = (image: string, env: Env): KnownImage | undefined => {
  const [repository = ''] = image.toLowerCase().split('@');
  const name = repository.slice(repository.lastIndexOf('/') + 1).replace(/:.*$/, '');
  return FAMILIES.find(({ pattern }) => pattern.test(name))?.describe(env);
};

/** The connection string of a known image at an address; what could end the userinfo early is percent-encoded. */
export const dsn = ({ kind, user, password, database }: KnownImage, host: string, port: number): string => {
  const scheme = kind === 'mongo' ? 'mongodb' : kind;
  const secret = password === undefined || password === '' ? '' : `:${encode(password)}`;
  const userinfo = user === undefined && secret === '' ? '' : `${encode(user ?? '')}${secret}@`;
  return `${scheme}://${userinfo}${host}:${port}${database === undefined ? '' : `/${encode(database)}`}`;
};

// encodeURIComponent leaves some characters that a shell or a parser may trip over.
const encode = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
