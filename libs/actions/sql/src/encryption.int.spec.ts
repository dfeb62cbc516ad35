import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { ValueMap } from '@testmesh/domain';
import { actionContext } from '@testmesh/testing';
import { type Infra, startInfra } from '../../../../tools/infra/infra.ts';
import {
  authority,
  loopbackCertificate,
  loopbackKey,
  serverCertificate,
  serverKey,
} from '../../../../tools/testing/certificates.ts';
import { describeWith } from '../../../../tools/testing/real.ts';
import { databaseQuery } from './index.ts';

// A server of our own, because its settings are changed here.
describeWith('postgres', 'PostgreSQL that encrypts', () => {
  let infra: Infra;
  let folder: string;
  let context = actionContext();
  const ask = (query: string, options: ValueMap = {}) => {
    const url = new URL(infra.postgres?.url ?? '');
    for (const [name, value] of Object.entries(options)) url.searchParams.set(name, String(value));
    return databaseQuery.perform({ connection: url.href, query }, context);
  };
  const tell = async (query: string) => {
    const outcome = await ask(query, { sslmode: 'disable' });
    if (outcome.kind !== 'completed') throw new Error(outcome.reason);
  };
  /** The server writes its key itself: it must be its own file, closed to others. */
  const place = (file: string, pem: string) =>
    tell(
      `COPY (SELECT unnest(string_to_array('${pem}', E'\\n'))) TO PROGRAM 'rm -f ${file}; umask 077; cat > ${file}'`,
    );
  const serveWith = async (certificate: string, key: string) => {
    await place('server.crt', certificate);
    await place('server.key', key);
    await tell('ALTER SYSTEM SET ssl = on');
    await tell('SELECT pg_reload_conf()');
    await context.close();
  };
  const isEncrypted = 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()';
  const encrypted = { kind: 'completed', output: { rows: [{ ssl: true }] } };

  beforeAll(async () => {
    infra = await startInfra({ need: ['postgres'], ownOnly: true });
    folder = await mkdtemp(join(tmpdir(), 'testmesh-ca-'));
    await writeFile(join(folder, 'authority.pem'), authority);
    await writeFile(join(folder, 'loopback.pem'), loopbackCertificate);
  }, 120_000);
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
    await infra.stop();
  });
  afterEach(async () => {
    await context.close();
    context = actionContext();
  });

  test('a certificate that names the server opens every mode', async () => {
    await serveWith(loopbackCertificate, loopbackKey);
    const ca = join(folder, 'loopback.pem');
    for (const sslmode of ['prefer', 'require']) expect(await ask(isEncrypted, { sslmode })).toMatchObject(encrypted);
    for (const sslmode of ['require', 'verify-ca', 'verify-full'])
      expect(await ask(isEncrypted, { sslmode, sslrootcert: ca })).toMatchObject(encrypted);
    expect(await ask(isEncrypted, { sslmode: 'disable' })).toMatchObject({ output: { rows: [{ ssl: false }] } });
  });

  test('verify-ca does not ask for the name, verify-full does, and an unknown authority is refused by both', async () => {
    await serveWith(serverCertificate, serverKey);
    const ca = join(folder, 'authority.pem');
    expect(await ask(isEncrypted, { sslmode: 'verify-ca', sslrootcert: ca })).toMatchObject(encrypted);
    expect(await ask(isEncrypted, { sslmode: 'verify-full', sslrootcert: ca })).toMatchObject({
      kind: 'not-carried-out',
      reason: expect.stringContaining('127.0.0.1'),
    });
    for (const sslmode of ['verify-ca', 'verify-full'])
      expect(await ask(isEncrypted, { sslmode })).toMatchObject({
        kind: 'not-carried-out',
        reason: expect.stringContaining('certificate'),
      });
  });
});
