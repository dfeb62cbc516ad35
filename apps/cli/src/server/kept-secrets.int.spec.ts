import { createHmac, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openLog } from '@testmesh/service-kit';
import pg from 'pg';
import { everyColumn } from '../../../../tools/testing/every-column.ts';
import { describeWith } from '../../../../tools/testing/real.ts';
import { type Platform, startPlatform } from './platform.ts';
import { surroundingsOf } from './surroundings.ts';

// A secret that is given to everything that keeps what it is given: to suites, datasets, schedules, rules of repositories and
// channels. It arrives where it is meant for, and is nowhere else: in no column of the database, no answer, no line of the log.

const SLOW_MS = 120_000;
const CANARY = `canary-${randomBytes(12).toString('hex')}`;
const SIGNS = `signs-${CANARY}`;
const forms = [CANARY, Buffer.from(CANARY).toString('hex'), Buffer.from(CANARY).toString('base64').slice(0, -4)];

const USES = (port: number) => `flow:
  name: uses what it is given
  steps:
    - id: used
      action: http_request
      config: { method: POST, url: "http://127.0.0.1:${port}/flow/\${BY}", headers: { Authorization: "Bearer \${CANARY}" } }
      assert: [status == 500]
`;
/** Nothing in it says that what it is given is secret. */
const SAYS = `flow:
  name: says what it is given
  steps:
    - { id: said, action: log, config: { message: "it is \${CANARY}, by \${BY}" }, assert: ['"\${BY}" != "\${CANARY}"'] }
`;

describeWith('postgres', 'a secret that is kept for later', (address) => {
  const database = `kept_${randomBytes(6).toString('hex')}`;
  const url = Object.assign(new URL(address), { pathname: `/${database}` }).href;
  let admin: pg.Client;
  let platform: Platform;
  let target: Server;
  let port: number;
  let archive: string;
  const lines: string[] = [];
  const received: string[] = [];

  beforeAll(async () => {
    archive = await mkdtemp(join(tmpdir(), 'testmesh-kept-'));
    admin = new pg.Client(address);
    await admin.connect();
    await admin.query(`create database ${database}`);
    target = createServer((request, response) => {
      received.push(`${request.url} ${request.headers.authorization ?? ''}`);
      if (request.url?.startsWith('/gone')) response.statusCode = 404;
      // As hosts do that do not know what they are asked for.
      request.resume().on('end', () => response.end(`nothing is at ${request.url}`));
    });
    await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
    ({ port } = target.address() as AddressInfo);
    const write = process.stdout.write.bind(process.stdout);
    process.stdout.write = ((chunk: string | Uint8Array, ...rest: []) => {
      lines.push(String(chunk));
      return write(chunk, ...rest);
    }) as typeof process.stdout.write;
    platform = await startPlatform({
      databaseUrl: url,
      encryptionKeys: `k1:${randomBytes(32).toString('hex')}`,
      host: '127.0.0.1',
      port: 0,
      auth: 'loopback',
      slots: 4,
      log: openLog('kept-secrets', 'trace'),
      surroundings: surroundingsOf({}, 'loopback'),
      archive,
    });
  }, SLOW_MS);
  afterAll(async () => {
    await platform.stop();
    await new Promise((resolve) => target.close(resolve));
    await admin.query(`drop database ${database} with (force)`);
    await admin.end();
    await rm(archive, { recursive: true, force: true });
  }, SLOW_MS);

  const send = async (method: string, path: string, body?: object, headers: Record<string, string> = {}) => {
    const response = await fetch(`${platform.url}/api/v1${path}`, {
      method,
      headers: { 'content-type': 'application/json', 'if-match': '*', ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: response.status, text: await response.text() };
  };
  const made = async (path: string, body: object) => {
    const { status, text } = await send('POST', path, body);
    expect({ path, status, why: status < 300 ? '' : text }).toEqual({
      path,
      status: status < 300 ? status : 0,
      why: '',
    });
    answers.push(text);
    return JSON.parse(text);
  };
  const answers: string[] = [];
  const arrived = async (what: string) => {
    for (let tries = 0; tries < 300 && !received.some((line) => line.includes(what)); tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(received.filter((line) => line.includes(what))).not.toEqual([]);
  };
  const leaks = (text: string) =>
    forms.flatMap((form) =>
      text.includes(form) ? text.slice(Math.max(0, text.indexOf(form) - 300), text.indexOf(form)) : [],
    );
  const given = (by: string) => ({ CANARY, BY: by, URL: `http://x/?t=${CANARY}` });
  const authorized = (by: string) => `/flow/${by} Bearer ${CANARY}`;

  const makeAll = async () => {
    const ids: Record<string, string> = {};
    ids['flow'] = (await made('/flows', { yaml: USES(port) })).id;
    const says = (await made('/flows', { yaml: SAYS })).id;
    const flows = [{ flow_id: ids['flow'] }, { flow_id: says, order: 2 }];
    ids['suite'] = (await made('/suites', { name: 'both', flows })).id;
    const about = ['schedule', 'suite', 'flow'];
    await made('/notification-channels', {
      kind: 'slack',
      name: 'slack',
      about,
      url: `http://127.0.0.1:${port}/${CANARY}`,
    });
    await made('/notification-channels', {
      kind: 'slack',
      name: 'gone',
      about,
      url: `http://127.0.0.1:${port}/gone/${CANARY}`,
    });
    const hook = { url: `http://127.0.0.1:${port}/hook?t=${CANARY}`, signing_secret: SIGNS };
    await made('/notification-channels', { kind: 'webhook', name: 'hook', about, ...hook });
    const server = `smtp://user:${CANARY}@127.0.0.1:1`;
    const mail = { name: 'mail', about, server, from: 'a@example.com', to: ['b@example.com'] };
    await made('/notification-channels', { kind: 'email', ...mail });
    return ids;
  };

  const startAll = async ({ flow, suite }: Record<string, string>) => {
    const suiteRun = await made(`/suites/${suite}/run`, { variables: given('suite') });
    const rows = [{ CANARY, BY: 'row' }];
    const dataset = await made('/datasets', { name: 'rows', rows });
    await made(`/datasets/${dataset.id}/run`, { flow_id: flow, variables: { ...given('none'), EXTRA: CANARY } });
    const every = { cron: '* * * * * *', notify_on_failure: true };
    const bySchedule = { name: 'flow', flow_id: flow, ...every, variables: given('schedule') };
    const schedule = await made('/schedules', bySchedule);
    const suites = await made('/schedules', {
      name: 'suite',
      suite_id: suite,
      ...every,
      variables: given('suite-schedule'),
    });
    const rule = await made('/git-trigger-rules', {
      ...{ name: 'rule', provider: 'github', repository: 'acme/shop', secret: SIGNS },
      ...{ suite_id: suite, variables: given('rule') },
    });
    const push = { ref: 'refs/heads/main', after: '5'.repeat(40), repository: { full_name: 'acme/shop' } };
    const signature = createHmac('sha256', SIGNS).update(JSON.stringify(push)).digest('hex');
    const headers = { 'x-github-event': 'push', 'x-hub-signature-256': `sha256=${signature}` };
    const told = await send('POST', '/webhooks/github', push, headers);
    expect(JSON.parse(told.text)).toMatchObject({ triggered_runs: 1, errors: [] });
    return { schedule, suites, rule, suiteRun, dataset };
  };

  test(
    'arrives where it is meant for, and is nowhere else',
    async () => {
      const ids = await makeAll();
      const { schedule, suites, rule, suiteRun, dataset } = await startAll(ids);
      for (const by of ['suite', 'row', 'schedule', 'suite-schedule', 'rule']) await arrived(authorized(by));
      for (const path of [`/${CANARY} `, `/hook?t=${CANARY}`]) await arrived(path);
      const paused = await send('POST', `/schedules/${schedule.id}/pause`, {});
      await send('POST', `/schedules/${suites.id}/pause`, {});
      // What is under way comes to its end, and what is told of it.
      await new Promise((resolve) => setTimeout(resolve, 4000));

      // As it is shown, it can be sent back: what is shown stands for what is kept, and the schedule goes on with it.
      const masked = { CANARY: { $secret: 'CANARY' }, BY: 'schedule', URL: 'http://x/?t=***' };
      expect(JSON.parse(paused.text).variables).toEqual(masked);
      expect(rule.variables).toMatchObject({ CANARY: { $secret: 'CANARY' }, BY: 'rule' });
      received.length = 0;
      const again = { name: 'flow', flow_id: ids['flow'], cron: '* * * * * *', variables: { ...masked, BY: 'again' } };
      expect((await send('PUT', `/schedules/${schedule.id}`, again)).status).toBe(200);
      await arrived(authorized('again'));
      await send('POST', `/schedules/${schedule.id}/pause`, {});
      await new Promise((resolve) => setTimeout(resolve, 2000));
      const strange = await send('PUT', `/schedules/${schedule.id}`, {
        ...again,
        variables: { OTHER: { $secret: 'OTHER' } },
      });
      expect({ status: strange.status, text: strange.text }).toMatchObject({ status: 422 });

      const columns = await everyColumn(url);
      for (const seen of [
        'testmesh.schedules.name: flow',
        'testmesh.suite_run_members',
        'schedule-',
        'answered 404: nothing is at',
        'testmesh.run_view.bytes: {',
      ]) {
        expect(columns).toContain(seen);
      }
      expect(leaks(columns)).toEqual([]);
      expect(leaks(lines.join(''))).toEqual([]);
      expect(leaks(answers.join('\n'))).toEqual([]);
      const graph = await send('POST', '/graphql', { query: '{ schedules { schedules { name variables } } }' });
      expect(JSON.parse(graph.text).data.schedules.schedules[0].variables).toMatchObject({
        CANARY: { $secret: 'CANARY' },
      });
      expect(leaks(graph.text)).toEqual([]);
      const own = { schedules: schedule.id, 'git-trigger-rules': rule.id, suites: ids['suite'], datasets: dataset.id };
      await expectNoAnswerWith({ ...own, run_id: suiteRun.id });
    },
    SLOW_MS,
  );

  /** Every answer that can be read, but the rows of the dataset: they are shown to whoever may see the dataset. */
  const expectNoAnswerWith = async (ids: Readonly<Record<string, string | undefined>>) => {
    const document = JSON.parse((await send('GET', '/openapi.json')).text) as { paths: Record<string, object> };
    const paths = Object.entries(document.paths).flatMap(([path, methods]) => ('get' in methods ? path : []));
    const runs = JSON.parse((await send('GET', '/executions?limit=50')).text).executions as { id: string }[];
    const addresses = (path: string): readonly string[] => {
      const [, , , thing = ''] = path.split('/');
      const known = thing === 'executions' ? runs.map((run) => run.id) : [ids[thing] ?? 'x'];
      const short = path.slice('/api/v1'.length).replaceAll('{run_id}', ids['run_id'] ?? 'x');
      return short.includes('{') ? known.map((id) => short.replaceAll(/\{\w+\}/g, id)) : [short];
    };
    const readable = paths.filter((each) => !/stream|workspace_id|datasets\/\{id\}\/rows/.test(each));
    let read = 0;
    for (const asked of readable.flatMap(addresses)) {
      const { status, text } = await send('GET', asked);
      if (status < 400) read += 1;
      expect({ asked, leaks: leaks(text) }).toEqual({ asked, leaks: [] });
    }
    expect(read).toBeGreaterThan(50);
  };
});
