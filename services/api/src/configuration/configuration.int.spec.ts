import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { catalogue } from '@testmesh/catalogue';
import { readEnvironment } from '@testmesh/flow';
import { describeWith } from '../../../../tools/testing/real.ts';
import { startConfiguration, type TestConfiguration } from './configuration.fixture.ts';
import { PRINTED_ENVIRONMENTS } from './printed-bodies.fixture.ts';

const HELLO = `flow:
  name: hello
  tags: [smoke]
  steps:
    - action: log
      config: { message: hi }
      assert: ['message == "hi"']
`;
const json = { 'content-type': 'application/json' };

describeWith('postgres', 'configuration', (address) => {
  let world: TestConfiguration;
  let workspace: string;
  let headers: Record<string, string>;
  let foreign: Record<string, string>;
  beforeAll(async () => {
    world = await startConfiguration(address);
    workspace = await world.workspace('one');
    headers = await world.headersOf(workspace);
    foreign = await world.headersOf(await world.workspace('two'));
  }, 60_000);
  afterAll(async () => {
    expect(world.api.failures).toEqual([]);
    await world.close();
  });

  type Payload = Record<string, unknown> | string;
  const send = (
    method: 'POST' | 'PUT' | 'DELETE' | 'GET',
    url: string,
    payload?: Payload,
    more: Record<string, string> = {},
  ) =>
    world.api.ask({
      method,
      url: `/api/v1${url}`,
      headers: { 'if-match': '*', ...headers, ...(payload !== undefined && json), ...more },
      ...(payload !== undefined && { payload }),
    });
  const made = async (url: string, payload: Payload) => {
    const response = await send('POST', url, payload);
    expect([response.statusCode, response.json().detail]).toEqual([201, undefined]);
    return response.json();
  };
  const flow = (name: string) => made('/flows', { yaml: HELLO.replace('hello', name) });

  describe('the bodies that the guide prints', () => {
    test.each(PRINTED_ENVIRONMENTS.map((body) => [body.name, body] as const))(
      'the environment %s is made and read back',
      async (name, body) => {
        const environment = await made('/environments', body);
        const shown = JSON.parse(JSON.stringify(body.routing.services).replaceAll('app:pass@', 'app:********@'));
        expect(environment.routing.services).toEqual(shown);
        expect(environment.variables.every(({ value }: { value: string }) => value === '********')).toBe(true);
        const text = await world.storage.environments.text(workspace, name);
        const read = await readEnvironment(text ?? { file: '', text: '' }, name, catalogue);
        expect(read.diagnostics).toEqual([]);
        expect(read.environment?.services.map((service) => service.name)).toEqual(Object.keys(body.routing.services));
      },
    );

    test('the schedule runs a stored flow against a named environment', async () => {
      const { id } = await flow('scheduled');
      const body = {
        name: 'Staging E2E — Hourly',
        flow_id: id,
        environment: 'staging',
        cron: '0 * * * *',
        enabled: true,
        notify_on_failure: true,
      };
      const schedule = await made('/schedules', body);
      expect(schedule).toMatchObject({ ...body, cron_expr: '0 * * * *', status: 'active', timezone: 'UTC' });
      expect(schedule.next_run_at).toMatch(/:00:00\.000Z$/);
    });
  });

  describe('flows', () => {
    test('are kept with their text, as data too, and listed by tag', async () => {
      const kept = await flow('kept');
      expect(kept).toMatchObject({ name: 'kept', file: 'flows/kept.yaml', tags: ['smoke'], version: 1, warnings: [] });
      expect(kept.definition).toMatchObject({ name: 'kept', steps: [{ action: 'log' }] });
      expect((await send('GET', `/flows/${kept.id}`)).json().yaml).toContain('name: kept');
      expect((await send('GET', '/flows?tags=smoke&search=kept')).json()).toMatchObject({ total: 1 });
      expect((await send('GET', '/flows?exclude=smoke&search=kept')).json()).toMatchObject({ total: 0 });
    });

    test('given as data may hold what a file holds as escapes alone', async () => {
      const message = 'a\u007f\ufffd\ufffe';
      const definition = {
        name: 'strange',
        steps: [{ action: 'log', config: { message }, assert: ['message != ""'] }],
      };
      const { id } = (await send('POST', '/flows', { definition })).json();
      expect((await send('GET', `/flows/${id}`)).json().definition).toMatchObject({ steps: [{ config: { message } }] });
    });

    test('that are not valid are refused with every place', async () => {
      const yaml =
        'flow:\n  name: bad\n  steps:\n    - action: lgo\n    - action: delay\n      config: { duratoin: 1s }\n';
      const response = await send('POST', '/flows', { yaml });
      expect(response.statusCode).toBe(422);
      const errors = response.json().errors as { code: string; line: number }[];
      expect(errors.map(({ code, line }) => [code, line])).toEqual(
        expect.arrayContaining([
          ['TM1201', 4],
          ['TM1203', 6],
        ]),
      );
    });

    test('change only for who saw the newest version, and go back', async () => {
      const { id } = await flow('versions');
      const yaml = HELLO.replace('hello', 'versions').replaceAll('hi', 'changed');
      const first = await send('PUT', `/flows/${id}`, { yaml, message: 'another text' }, { 'if-match': '"1"' });
      expect([first.statusCode, first.headers['etag']]).toEqual([200, '"2"']);
      expect((await send('PUT', `/flows/${id}`, { yaml }, { 'if-match': '"1"' })).statusCode).toBe(412);
      const restored = await send('POST', `/flows/${id}/versions/1/restore`);
      expect(restored.json()).toMatchObject({ version: 3, yaml: HELLO.replace('hello', 'versions') });
      const { versions } = (await send('GET', `/flows/${id}/versions`)).json();
      expect(versions.map(({ version, message }: { version: number; message: string }) => [version, message])).toEqual([
        [3, 'restored version 1'],
        [2, 'another text'],
        [1, ''],
      ]);
      expect((await send('DELETE', `/flows/${id}`)).statusCode).toBe(204);
      expect((await send('GET', `/flows/${id}`)).statusCode).toBe(404);
    });

    test('sent twice under one key are made once', async () => {
      const key = { 'idempotency-key': 'once-1' };
      const body = { yaml: HELLO.replace('hello', 'once') };
      const [first, second] = [await send('POST', '/flows', body, key), await send('POST', '/flows', body, key)];
      expect([first.statusCode, second.json().id]).toEqual([201, first.json().id]);
      expect((await send('POST', '/flows', { yaml: HELLO }, key)).statusCode).toBe(422);
      expect((await send('POST', '/flows', body)).statusCode).toBe(409);
    });
  });

  describe('environments', () => {
    const body = (name: string) => ({
      name,
      variables: { URL: 'http://a', TOKEN: { value: 'top-secret-1', is_secret: true } },
    });

    test('take an object of variables and keep a secret whose mask comes back', async () => {
      const created = await made('/environments', body('objects'));
      const { id, workspace_id, version, created_at, updated_at, ...again } = created;
      const changed = await send(
        'PUT',
        `/environments/${id}`,
        { ...again, color: '#000000' },
        { 'if-match': `"${version}"` },
      );
      expect(changed.json()).toMatchObject({ color: '#000000', version: 2 });
      const opened = await world.storage.environments.open(workspace, 'objects');
      expect(opened?.variables).toEqual(
        expect.arrayContaining([expect.objectContaining({ key: 'TOKEN', value: 'top-secret-1' })]),
      );
    });

    test('show secrets to nobody', async () => {
      await made('/environments', body('guarded'));
      const urls = ['/environments', '/environments/guarded', '/environments/guarded/export'];
      for (const url of urls) expect((await send('GET', url)).body).not.toContain('top-secret-1');
      const open = await send('GET', '/environments/guarded/export?include_secrets=true');
      expect([open.statusCode, open.body.includes('top-secret-1')]).toEqual([400, false]);
      expect((await send('GET', '/audit?limit=1000')).body).not.toContain('top-secret-1');
    });

    test('are exported and imported, with a new value for each secret', async () => {
      await made('/environments', body('travels'));
      const { variables, ...exported } = (await send('GET', '/environments/travels/export')).json();
      const renamed = { ...exported, name: 'arrived', variables };
      expect((await send('POST', '/environments/import', renamed)).statusCode).toBe(422);
      const filled = variables.map((variable: { is_secret: boolean }) =>
        variable.is_secret ? { ...variable, value: 'another-secret' } : variable,
      );
      expect((await send('POST', '/environments/import', { ...renamed, variables: filled })).statusCode).toBe(201);
      expect((await send('POST', '/environments/import?overwrite=true', renamed)).statusCode).toBe(200);
    });

    test('have one default, which stays', async () => {
      expect((await send('GET', '/environments/default')).json()).toMatchObject({ id: null, name: 'No Environment' });
      const { id } = await made('/environments', { ...body('usual'), is_default: true });
      expect((await send('GET', '/environments/default')).json()).toMatchObject({ id });
      expect((await send('DELETE', `/environments/${id}`)).statusCode).toBe(400);
      const copy = await send('POST', `/environments/${id}/duplicate`, { name: 'usual-2' });
      expect(copy.json()).toMatchObject({ name: 'usual-2', is_default: false });
      expect((await send('POST', '/environments/usual-2/default')).json()).toMatchObject({ is_default: true });
      expect((await send('DELETE', `/environments/${id}`)).statusCode).toBe(204);
    });

    test('that no run could use are refused', async () => {
      const response = await send('POST', '/environments', {
        name: 'bad',
        routing: { overrides: { databse_query: {} } },
      });
      expect([response.statusCode, response.json().errors[0].code]).toEqual([422, 'TM1201']);
    });
  });

  test('every change stands in the audit, chained', async () => {
    const { events, next_after: next } = (await send('GET', '/audit?limit=5')).json();
    expect(events.map(({ seq }: { seq: number }) => seq)).toEqual([1, 2, 3, 4, 5]);
    expect(events[0]).toMatchObject({ type: 'WorkspaceCreated', actor: 'test' });
    expect(next).toBe(5);
    expect((await send('GET', '/audit?after=5&limit=1000')).json().next_after).toBeNull();
  });

  test('the audit is searched by who did what to which, and when', async () => {
    const { id } = await made('/environments', { name: 'audited' });
    expect((await send('DELETE', `/environments/${id}`)).statusCode).toBe(204);
    const types = async (query: string): Promise<readonly string[]> =>
      (await send('GET', `/audit?limit=1000&${query}`)).json().events.map(({ type }: { type: string }) => type);
    expect(await types(`subject=${id}`)).toEqual(['EnvironmentCreated', 'EnvironmentDeleted']);
    expect(await types('subject=audited&type=EnvironmentDeleted')).toEqual(['EnvironmentDeleted']);
    expect(await types('actor=test')).toContain('WorkspaceCreated');
    expect(await types('actor=nobody')).toEqual([]);
    expect(await types('since=2100-01-01T00:00:00Z')).toEqual([]);
    expect(await types(`subject=${id}&until=2100-01-01T00:00:00Z`)).toHaveLength(2);
    const first = (await send('GET', `/audit?limit=1&subject=${id}`)).json();
    const second = (await send('GET', `/audit?limit=1&subject=${id}&after=${first.next_after}`)).json();
    expect(second.events.map(({ type }: { type: string }) => type)).toEqual(['EnvironmentDeleted']);
  });

  test('another workspace sees nothing of it', async () => {
    const urls = ['/flows', '/environments', '/schedules'];
    for (const url of urls) {
      const own = (await send('GET', url)).json();
      const [plural, items] = Object.entries(own).find(([, value]) => Array.isArray(value)) as [
        string,
        { id?: string; user_id?: string }[],
      ];
      expect(items.length).toBeGreaterThan(0);
      expect((await send('GET', url, undefined, foreign)).json()).toMatchObject({ [plural]: [], total: 0 });
      const one = `${url}/${items[0]?.id ?? items[0]?.user_id}`;
      expect((await send('DELETE', one, undefined, foreign)).statusCode).toBe(404);
      expect((await send('GET', `/workspaces/${workspace}${url}`, undefined, foreign)).statusCode).toBe(404);
    }
  });
});
