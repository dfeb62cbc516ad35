import { describe, expect, test } from '@jest/globals';
import { parseAddress, showAddress } from './address.ts';

describe('spellings of a connection', () => {
  test('a URL', () => {
    expect(parseAddress('postgresql://root:admin@localhost:5432/postgres')).toEqual({
      dialect: 'postgres',
      host: 'localhost',
      port: 5432,
      user: 'root',
      password: 'admin',
      database: 'postgres',
      ssl: 'disable',
      rootCertificate: undefined,
      connectTimeoutMs: 10_000,
      options: undefined,
    });
  });

  test("Cloud SQL's socket folder", () => {
    expect(parseAddress('postgres://app:s3cret@/app?host=/cloudsql/project:region:instance')).toMatchObject({
      host: '/cloudsql/project:region:instance',
      user: 'app',
      password: 's3cret',
      database: 'app',
      ssl: 'disable',
    });
  });

  test("Azure's user with an @ of its own", () => {
    const text = 'postgres://app@myserver:p%40ss@myserver.postgres.database.azure.com:5432/app';
    expect(parseAddress(text)).toMatchObject({
      user: 'app@myserver',
      password: 'p@ss',
      host: 'myserver.postgres.database.azure.com',
      ssl: 'prefer',
    });
  });

  test("RDS's long host name asks for encryption where the server can", () => {
    const text = 'postgres://app:pass@mydb.cluster-abc.us-east-1.rds.amazonaws.com:5432/app';
    expect(parseAddress(text)).toMatchObject({ host: 'mydb.cluster-abc.us-east-1.rds.amazonaws.com', ssl: 'prefer' });
  });

  test.each([
    ['mysql://root@db:3307/shop', { dialect: 'mysql', port: 3307, password: undefined, database: 'shop' }],
    ['mariadb://a:b@db/shop?ssl-mode=REQUIRED', { dialect: 'mysql', port: 3306, ssl: 'require' }],
    ['postgres://a:b@[::1]:5433/x', { host: '::1', port: 5433 }],
    ['postgres://a:b@db', { database: 'a', port: 5432 }],
    ['postgres://a:100%@db/x', { password: '100%' }],
    ['postgres://a:b@db/x?sslmode=verify-full&sslrootcert=ca.pem', { ssl: 'verify-full', rootCertificate: 'ca.pem' }],
    [
      "host=db port=5433 user=a password='it''s' dbname=x sslmode=disable",
      { host: 'db', database: 'x', ssl: 'disable' },
    ],
  ])('%s', (text, parts) => {
    expect(parseAddress(text)).toMatchObject(parts);
  });

  test('a map of parts', () => {
    const map = {
      type: 'mysql',
      host: 'db',
      database: 'shop',
      username: 'a',
      password: 'b',
      ssl: true,
      timeout: 2000,
    } as const;
    expect(parseAddress(map)).toMatchObject({
      dialect: 'mysql',
      port: 3306,
      user: 'a',
      ssl: 'require',
      connectTimeoutMs: 2000,
    });
  });
});

test.each([
  ['mongodb://a:b@db/x', '"mongodb" is not a database'],
  ['localhost:5432/shop', 'neither a URL'],
  ['postgres://db/x', 'names no user'],
  ['postgres://a:b@db:54x/x', 'port is "54x"'],
  ['postgres://a:b@db/x?sslmod=require', 'unknown setting "sslmod"'],
  ['postgres://a:b@db/x?sslmode=maybe', 'sslmode "maybe" is not known'],
])('%s is refused: %s', (text, why) => {
  expect(() => parseAddress(text)).toThrow(why);
});

test('what is shown of an address has no password', () => {
  expect(showAddress(parseAddress('postgres://app:secret@db/shop'))).toBe('postgresql://app@db:5432/shop');
  expect(showAddress(parseAddress('postgres://app:secret@/shop?host=/cloudsql/i'))).toBe(
    'postgresql://app@/shop?host=/cloudsql/i',
  );
});
