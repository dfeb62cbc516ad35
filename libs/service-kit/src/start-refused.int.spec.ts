import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import { describeWith } from '../../../tools/testing/real.ts';

// What each service says when it cannot be started as it was told to: one line, what is wrong and what to change, and 2.

jest.setTimeout(60_000);

const SERVICES = ['api', 'executor', 'scheduler', 'graph', 'env-manager'] as const;

describeWith('postgres', 'a service that cannot be started as it was told to', (address) => {
  let taken: Server;
  let port: string;
  const name = `start_${randomBytes(6).toString('hex')}`;
  const url = new URL(address);
  url.pathname = `/${name}`;
  const admin = new pg.Client(address);
  beforeAll(async () => {
    taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    port = String((taken.address() as { readonly port: number }).port);
    await admin.connect();
    await admin.query(`create database ${name}`);
  });
  afterAll(async () => {
    taken.close();
    await admin.query(`drop database ${name} with (force)`);
    await admin.end();
  });

  const start = async (service: string, more: Readonly<Record<string, string>>, job?: string) => {
    const main = fileURLToPath(
      new URL(`../../../services/${service}/src/${job === undefined ? 'main' : `${job}-main`}.ts`, import.meta.url),
    );
    const env = {
      PATH: process.env['PATH'],
      DATABASE_URL: url.href,
      TESTMESH_ENCRYPTION_KEYS: `k1:${'0'.repeat(64)}`,
      ...more,
    };
    const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
    const lines = stdout.trim().split('\n');
    return { code, stderr, lines: lines.length, line: JSON.parse(lines.at(-1) ?? '') };
  };
  const refused = (service: string, message: unknown) => ({
    code: 2,
    stderr: '',
    lines: 1,
    line: { level: 60, time: expect.any(String), service, message },
  });

  test.each(SERVICES)('names the port of its health that is taken: %s', async (service) => {
    const message = `port ${port} is taken: stop what listens there, or choose another with TESTMESH_HEALTH_PORT`;
    expect(await start(service, { TESTMESH_HEALTH_PORT: port })).toEqual(refused(service, message));
  });

  test.each(['api', 'api/first-key', 'api/migrate', 'graph', 'executor'])(
    'names the level of its log: %s',
    async (started) => {
      const [folder = '', job] = started.split('/');
      const message = 'TESTMESH_LOG_LEVEL=loud is none of trace, debug, info, warn, error, fatal, silent';
      expect(await start(folder, { TESTMESH_LOG_LEVEL: 'loud' }, job)).toEqual(refused(job ?? folder, message));
    },
  );

  test.each(['first-key', 'migrate'])('is told by a job that runs once, too: %s', async (job) => {
    expect(await start('api', { DATABASE_URL: '' }, job)).toEqual(
      refused(job, expect.stringMatching(/^DATABASE_URL is not set/)),
    );
  });

  test('names the port of the API that is taken', async () => {
    const message = `port ${port} is taken: stop what listens there, or choose another with PORT`;
    expect(await start('api', { PORT: port })).toEqual(refused('api', message));
  });

  test.each([
    [{ HOST: '203.0.113.7' }, 'HOST=203.0.113.7 is no address of this machine'],
    [{ PORT: 'abc' }, 'PORT=abc is not a whole number'],
    [{ DATABASE_URL: '' }, 'DATABASE_URL is not set'],
    [{ TESTMESH_ENCRYPTION_KEYS: 'k1:short' }, 'TESTMESH_ENCRYPTION_KEYS'],
    [{ TESTMESH_TRUSTED_PROXIES: 'anybody' }, 'TESTMESH_TRUSTED_PROXIES holds anybody'],
    [{ TESTMESH_PLUGINS: './nowhere' }, 'TESTMESH_PLUGINS cannot be served'],
  ])('names what is wrong with its settings: %j', async (more, message) => {
    expect(await start('api', more)).toEqual(refused('api', expect.stringContaining(message)));
  });
});
