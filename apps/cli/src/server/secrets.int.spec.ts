import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { systemClock } from '@testmesh/runtime';
import { masterKeys, openLog, openStorage } from '@testmesh/service-kit';
import pg from 'pg';
import { everyColumn } from '../../../../tools/testing/every-column.ts';
import { describeWith } from '../../../../tools/testing/real.ts';
import { relayed } from '../../../../tools/testing/relayed.ts';
import { type Platform, startPlatform } from './platform.ts';
import { surroundingsOf } from './surroundings.ts';

// A run full of secrets over the whole platform, and then a look at everything that anybody can read: every table of the
// database, every answer of the API, everything that was logged, every message that Kafka is sent.

const SLOW_MS = 120_000;
const secrets = {
  TOKEN: `tok-${randomBytes(12).toString('hex')}`,
  PASSWORD: `p&ss w/${randomBytes(9).toString('hex')}`,
  DSN_PASSWORD: `dsn${randomBytes(12).toString('hex')}`,
  // Nobody marks these: what the flow does with them says what they are.
  GIVEN_TOKEN: `gtok-${randomBytes(12).toString('hex')}`,
  GIVEN_PASSWORD: `gpw${randomBytes(12).toString('hex')}`,
} as const;

/** The forms in which a secret may come out again. */
const forms = (secret: string): readonly string[] => [
  secret,
  encodeURIComponent(secret),
  new URLSearchParams({ s: secret }).toString().slice(2),
  Buffer.from(secret).toString('hex'),
  // Wherever in a base64 text it stands, one of three alignments holds these letters.
  ...[0, 1, 2].map((shift) =>
    Buffer.from(`${' '.repeat(shift)}${secret}`)
      .toString('base64')
      .slice(shift === 0 ? 0 : 4, -4),
  ),
];

describeWith('postgres', 'secrets', (address) => {
  let admin: pg.Client;
  let database: string;
  let url: string;
  let platform: Platform;
  let target: Server;
  let archive: string;
  const lines: string[] = [];
  const received: string[] = [];
  const key1 = `k1:${randomBytes(32).toString('hex')}`;
  const key2 = `k2:${randomBytes(32).toString('hex')}`;

  const start = (encryptionKeys: string): Promise<Platform> =>
    startPlatform({
      databaseUrl: url,
      encryptionKeys,
      host: '127.0.0.1',
      port: 0,
      auth: 'loopback',
      slots: 2,
      log: openLog('secrets', 'trace'),
      surroundings: surroundingsOf({}, 'loopback'),
      archive,
    });

  beforeAll(async () => {
    archive = await mkdtemp(join(tmpdir(), 'testmesh-secrets-'));
    admin = new pg.Client(address);
    await admin.connect();
    database = `secrets_${randomBytes(6).toString('hex')}`;
    await admin.query(`create database ${database}`);
    url = Object.assign(new URL(address), { pathname: `/${database}` }).href;
    // An echo: what is sent comes back in headers and body.
    target = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += String(chunk);
      });
      request.on('end', () => {
        received.push(`${request.url} ${body}`);
        response.setHeader('x-echo', String(request.headers['authorization'] ?? ''));
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ url: request.url, sent: body, headers: request.headers }));
      });
    });
    await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
    const write = process.stdout.write.bind(process.stdout);
    process.stdout.write = ((chunk: string | Uint8Array, ...rest: []) => {
      lines.push(String(chunk));
      return write(chunk, ...rest);
    }) as typeof process.stdout.write;
    platform = await start(key1);
  }, SLOW_MS);
  afterAll(async () => {
    await platform.stop();
    await new Promise((resolve) => target.close(resolve));
    await admin.query(`drop database ${database} with (force)`);
    await admin.end();
    await rm(archive, { recursive: true, force: true });
  }, SLOW_MS);

  const send = async (method: string, path: string, body?: object) => {
    const response = await fetch(`${platform.url}/api/v1${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: response.status, text: await response.text() };
  };

  const found = (text: string): readonly string[] =>
    Object.entries(secrets).flatMap(([name, secret]) =>
      forms(secret).flatMap((form) =>
        text.includes(form)
          ? [`${name} as ${form}: …${text.slice(Math.max(0, text.indexOf(form) - 200), text.indexOf(form))}`]
          : [],
      ),
    );

  const makeEnvironment = async (): Promise<string> => {
    const made = await send('POST', '/environments', {
      name: 'full',
      variables: [
        { key: 'TOKEN', value: secrets.TOKEN, is_secret: true },
        { key: 'PASSWORD', value: secrets.PASSWORD, is_secret: true },
      ],
      routing: { services: { db: `postgres://app:${secrets.DSN_PASSWORD}@127.0.0.1:1/shop` } },
    });
    expect(made.status).toBe(201);
    return JSON.parse(made.text).id;
  };

  /** A run that sends its secrets everywhere a flow can, and ends red. */
  const runFullOfSecrets = async (): Promise<string> => {
    const { port } = target.address() as AddressInfo;
    const definition = `flow:
  name: full of secrets
  fail_fast: false
  steps:
    - id: used
      action: http_request
      config:
        method: POST
        url: http://127.0.0.1:${port}/\${PASSWORD}?token=\${TOKEN}
        headers: { Authorization: "Bearer \${TOKEN}" }
        body: { token: "\${TOKEN}", password: "\${PASSWORD}", both: "\${TOKEN}:\${PASSWORD}" }
      assert: [status == 200, 'body.sent == "not this"']
      output: { kept: $.body.sent }
    - id: database
      action: database_query
      config: { connection: "\${service.db}", query: "select 1" }
    - id: said
      action: log
      config: { message: "the token is \${TOKEN}, and \${GIVEN_TOKEN} with \${GIVEN_PASSWORD} was given" }
    - id: with_given
      action: http_request
      config:
        url: http://127.0.0.1:${port}/given
        headers: { Authorization: "Bearer \${GIVEN_TOKEN}" }
    - id: other_database
      action: database_query
      config: { connection: "postgres://app:\${GIVEN_PASSWORD}@127.0.0.1:1/shop", query: "select 1" }
`;
    const { GIVEN_TOKEN, GIVEN_PASSWORD } = secrets;
    const variables = { GIVEN_TOKEN, GIVEN_PASSWORD };
    const asked = await send('POST', '/executions', { definition, environment: 'full', variables });
    expect({ status: asked.status, text: asked.status === 201 ? '' : asked.text }).toEqual({ status: 201, text: '' });
    const { id } = JSON.parse(asked.text);
    let run = { status: '' };
    for (let tries = 0; tries < 200 && !/failed|completed/.test(run.status); tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      run = JSON.parse((await send('GET', `/executions/${id}`)).text);
    }
    expect(run.status).toMatch(/failed|completed/);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    return id;
  };

  const readableRoutes = async (): Promise<readonly string[]> => {
    const document = JSON.parse((await send('GET', '/openapi.json')).text) as { paths: Record<string, object> };
    return Object.keys(document.paths).filter(
      (path) =>
        path.startsWith('/api/v1/') &&
        'get' in (document.paths[path] ?? {}) &&
        !path.includes('/stream') &&
        !path.includes('workspace_id'),
    );
  };

  test(
    'are nowhere to be read after a run that used them in every way',
    async () => {
      const environment = await makeEnvironment();
      const id = await runFullOfSecrets();

      // The search itself: it sees what is there, in every form, and the run did use what it must not find.
      const rows = await everyColumn(url);
      expect(rows).toContain('full of secrets');
      for (const secret of Object.values(secrets)) {
        for (const text of [secret, encodeURIComponent(secret), Buffer.from(`a:${secret}:b`).toString('base64')]) {
          expect(found(`x${text}x`)).not.toEqual([]);
        }
      }
      expect(received.join('\n')).toContain(secrets.TOKEN);
      expect(found(rows)).toEqual([]);
      expect(found(lines.join(''))).toEqual([]);
      const read: string[] = [];
      for (const path of await readableRoutes()) {
        const own = path.startsWith('/api/v1/executions') ? id : environment;
        const { status, text } = await send('GET', path.slice('/api/v1'.length).replaceAll(/\{\w+\}/g, own));
        if (status < 400) read.push(path);
        expect({ path, leaks: found(text) }).toEqual({ path, leaks: [] });
      }
      expect(read.length).toBeGreaterThan(15);
      const graph = await send('POST', '/graphql', {
        query: '{ runs(limit: 5) { executions { id flowName verdict } } }',
      });
      expect(found(graph.text)).toEqual([]);
    },
    SLOW_MS,
  );

  describeWith('kafka', 'on the bus', (brokers) => {
    test(
      'are in no key, header or body of what is sent on',
      async () => {
        const storage = await openStorage({ url, keys: masterKeys(key1), clock: systemClock, onLost: () => undefined });
        const texts = await relayed(storage.messages, brokers).finally(() => storage.close());
        expect(texts.join('\n')).toContain('full of secrets');
        expect(found(texts.join('\n'))).toEqual([]);
      },
      SLOW_MS,
    );
  });

  test(
    'are sealed anew when the server starts with a new key, and then the old one is needed no more',
    async () => {
      await platform.stop();
      platform = await start(`${key2},${key1}`);
      await platform.stop();
      const storage = await openStorage({ url, keys: masterKeys(key2), clock: systemClock, onLost: () => undefined });
      const opened = await storage.environments.open('00000000-0000-0000-0000-000000000001', 'full');
      expect(opened?.variables.map(({ value }) => value)).toEqual([secrets.TOKEN, secrets.PASSWORD]);
      expect(opened?.routing.services).toEqual({ db: `postgres://app:${secrets.DSN_PASSWORD}@127.0.0.1:1/shop` });
      expect(await storage.reseal()).toBe(0);
      await storage.close();
      platform = await start(key2);
    },
    SLOW_MS,
  );
});
