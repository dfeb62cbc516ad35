import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import pg from 'pg';
import { describeWith } from '../tools/testing/real.ts';
import { testmesh } from './support/cli.ts';
import { dataFolder, freePort, startPlatform } from './support/platform.ts';

// What is wrong with the settings of `testmesh up` is the operator's to mend: it is named with its place and the way out, exit code 2.

interface Wrong {
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

const started = async ({ env = {}, args = [] }: Wrong) => {
  await using data = await dataFolder();
  const { code, stdout, stderr } = await testmesh(
    ['up', '--data', data.path, '--port', String(await freePort()), ...args],
    { env },
  );
  expect(stderr).not.toContain('defect');
  return { code, stdout, stderr };
};

const refused = async (wrong: Wrong, ...words: readonly string[]) => {
  const { code, stdout, stderr } = await started(wrong);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  for (const word of words) expect(stderr).toContain(word);
};

test('wrong variables are told all at once', async () => {
  const env = {
    TESTMESH_ENCRYPTION_KEYS: 'bad',
    TESTMESH_LOG_LEVEL: 'loud',
    DATABASE_URL: 'mysql://root@127.0.0.1:3306/x',
    TESTMESH_REQUESTS_PER_MINUTE: 'many',
  };
  await refused(
    { env },
    'TESTMESH_ENCRYPTION_KEYS has a key that is not ID:64 hex digits; `echo k1:$(openssl rand -hex 32)` makes one\n',
    'TESTMESH_LOG_LEVEL=loud is none of trace, debug, info, warn, error, fatal, silent\n',
    'DATABASE_URL is an address of mysql://: it names a PostgreSQL as postgresql://USER:PASSWORD@HOST:PORT/DATABASE\n',
    'TESTMESH_REQUESTS_PER_MINUTE=many is not a whole number\n',
  );
});

test('a folder that nothing can be kept in, an address of another machine and a database that is not there are named', async () => {
  await refused({ args: ['--data', '/dev/null/x'] }, 'nothing can be kept in /dev/null/x: ', '--data');
  await refused({ args: ['--host', '300.1.1.1'] }, '--host 300.1.1.1 is no address of this machine');
  await refused(
    { env: { DATABASE_URL: 'postgres://app:s3cret@127.0.0.1:1/x' } },
    'the PostgreSQL 127.0.0.1:1/x that DATABASE_URL names cannot be used: connect ECONNREFUSED 127.0.0.1:1\n',
    'without DATABASE_URL testmesh brings a PostgreSQL along',
  );
});

test('a port that is taken is said once, in plain words', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  try {
    const { code, stdout, stderr } = await started({ args: ['--port', String(port)] });
    expect({ code, stdout, stderr }).toEqual({
      code: 2,
      stdout: '',
      stderr: `port ${port} is taken: stop what listens there, or choose another with --port\n`,
    });
  } finally {
    other.close();
  }
});

describeWith('postgres', 'a database of somebody else', (address) => {
  test('that we may not fill is named, with what is missing', async () => {
    const admin = new pg.Client(address);
    await admin.connect();
    const name = `guest_${randomBytes(6).toString('hex')}`;
    await admin.query(`create database ${name}`);
    await admin.query(`create role ${name} login password 'guest'`);
    const url = Object.assign(new URL(address), { pathname: `/${name}`, username: name, password: 'guest' });
    try {
      await refused(
        { env: { DATABASE_URL: url.href } },
        `the database of DATABASE_URL cannot be used: permission denied for database ${name}\n`,
        'its user needs the right to make schemas in it',
      );
    } finally {
      await admin.query(`drop database ${name} with (force)`);
      await admin.query(`drop role ${name}`);
      await admin.end();
    }
  });
});

test('limits of the edge hold here too, and another key than that of the data is refused', async () => {
  await using data = await dataFolder();
  const platform = await startPlatform(data.path, await freePort(), { TESTMESH_REQUESTS_PER_MINUTE: '5' });
  try {
    const made = await fetch(`${platform.url}/api/v1/environments`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'one', variables: [{ key: 'S', value: 'sealed', is_secret: true }] }),
    });
    expect(made.status).toBe(201);
    const statuses: number[] = [];
    for (let asked = 0; asked < 6; asked++) statuses.push((await fetch(`${platform.url}/api/v1/flows`)).status);
    expect(statuses).toEqual([200, 200, 200, 200, 429, 429]);
  } finally {
    await platform.stop();
  }
  for (const [id, words] of [
    ['k2', 'the master key `k1` is not given; it is needed to open a secret\n'],
    ['k1', 'the master key `k1` does not open a secret: another one of that id sealed it\n'],
  ] as const) {
    const env = { TESTMESH_ENCRYPTION_KEYS: `${id}:${'ab'.repeat(32)}` };
    const other = await testmesh(['up', '--data', data.path, '--port', String(await freePort())], { env });
    expect({ code: other.code, stdout: other.stdout }).toEqual({ code: 2, stdout: '' });
    expect(other.stderr).toContain(words);
    expect(other.stderr).toContain(`what this folder was made with is in ${data.path}/encryption-keys`);
  }
}, 120_000);
