import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeWith } from '../../../../tools/testing/real.ts';
import { startConfiguration, type TestConfiguration } from './configuration.fixture.ts';

const json = { 'content-type': 'application/json' };

describeWith('postgres', 'what an environment takes', (address) => {
  let world: TestConfiguration;
  let workspace: string;
  let headers: Record<string, string>;
  beforeAll(async () => {
    world = await startConfiguration(address);
    workspace = await world.workspace('one');
    headers = await world.headersOf(workspace);
  }, 60_000);
  afterAll(async () => {
    expect(world.api.failures).toEqual([]);
    await world.close();
  });

  const send = (method: 'POST' | 'PUT' | 'GET', url: string, payload?: object | string) =>
    world.api.ask({
      method,
      url: `/api/v1${url}`,
      headers: { 'if-match': '*', ...headers, ...(payload !== undefined && json) },
      ...(payload !== undefined && { payload }),
    });

  test.each([
    ['POST', '/environments', '{"name":"nul","description":"a\\u0000b"}', '/description'],
    ['POST', '/environments', '{"name":"nul","routing":{"headers":{"X":"\\ud800"}}}', '/routing/headers/X'],
    ['POST', '/environments', '{"name":"nul","variables":{"A":{"deep":["\\u0000"]}}}', '/variables/A/deep/0'],
    ['GET', '/environments?search=%00', undefined, '?search'],
    ['GET', '/environments/%00', undefined, '/path/id'],
    ['GET', '/flows?tags=%00', undefined, '?tags'],
    ['GET', '/executions?tag=%00', undefined, '?tag'],
  ] as const)('%s %s %s is refused as no text', async (method, url, payload, pointer) => {
    const response = await send(method, url, payload);
    expect(response.statusCode).toBe(400);
    expect(response.json().errors).toEqual([{ pointer, message: expect.stringContaining('which is no text') }]);
  });

  test('a flow says where its description has a NUL; a message of a step may have one', async () => {
    const yaml = (description: string) =>
      `flow:\n  name: nul\n  description: "${description}"\n  steps:\n    - action: log\n      config: { message: "a\\0" }\n      assert: ['message == "a\\u0000"']\n`;
    const refused = await send('POST', '/flows', { yaml: yaml('a\\0') });
    expect(refused.statusCode).toBe(422);
    expect(refused.json().errors).toMatchObject([{ code: 'TM1009', line: 3 }]);
    const kept = await send('POST', '/flows', { yaml: yaml('fine') });
    expect(kept.statusCode).toBe(201);
    expect((await send('GET', `/flows/${kept.json().id}`)).json().definition.steps[0].config).toEqual({
      message: 'a\0',
    });
  });

  const token = (more: object) => ({
    variables: [
      { key: 'PLAIN', value: 'a' },
      { key: 'TOKEN', ...more },
    ],
  });

  test('the mask is no value of what is shown', async () => {
    const secret = { name: 'masked', ...token({ value: 'top-secret-1', is_secret: true }) };
    expect((await send('POST', '/environments', secret)).statusCode).toBe(201);
    const unmarked = await send('PUT', '/environments/masked', {
      name: 'masked',
      ...token({ value: '********', is_secret: false }),
    });
    expect(unmarked.statusCode).toBe(422);
    expect(unmarked.json().errors).toEqual([
      { pointer: '/variables/1', message: expect.stringContaining('TOKEN: ******** is the mask of a secret') },
    ]);
    const opened = await world.storage.environments.open(workspace, 'masked');
    expect(opened?.variables[1]).toMatchObject({ key: 'TOKEN', value: 'top-secret-1', secret: true });
  });

  test('an export holds no secret, and an import elsewhere names those that need a value', async () => {
    const services = { db: 'postgres://app:s3cret-word@db/shop', api: 'http://api' };
    const made = { name: 'travels', routing: { services }, ...token({ value: 'top-secret-1', is_secret: true }) };
    expect((await send('POST', '/environments', made)).statusCode).toBe(201);
    const asked = await send('GET', '/environments/travels/export?include_secrets=true');
    expect(asked.statusCode).toBe(400);
    expect(asked.json().errors).toEqual([
      { pointer: '?include_secrets', message: expect.stringContaining('no value of a secret is ever returned') },
    ]);
    const exported = (await send('GET', '/environments/travels/export')).json();
    expect(JSON.stringify(exported)).not.toMatch(/top-secret-1|s3cret-word/);

    const missing = await send('POST', '/environments/import', { ...exported, name: 'arrived' });
    expect(missing.statusCode).toBe(422);
    expect(missing.json().detail).toContain('(TOKEN, service.db)');
    expect(missing.json().errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual([
      '/variables/1',
      '/routing/services/db',
    ]);
    const again = await send('POST', '/environments/import?overwrite=true', { ...exported, color: '#000000' });
    expect(again.statusCode).toBe(200);
    const opened = await world.storage.environments.open(workspace, 'travels');
    expect(opened).toMatchObject({ color: '#000000', routing: { services } });
    expect(opened?.variables[1]).toMatchObject({ value: 'top-secret-1' });
  });

  test('what is taken, or is not there, is named with its place', async () => {
    expect((await send('POST', '/environments', { name: 'taken' })).statusCode).toBe(201);
    const again = await send('POST', '/environments', { name: 'taken' });
    expect(again.json()).toMatchObject({ status: 409, errors: [{ pointer: '/name' }] });
    expect(again.json().detail).toContain('(taken)');
    const lost = '019f0000-0000-7000-8000-000000000000';
    const schedule = { name: 's', flow_id: lost, cron: '@daily' };
    const refused = await send('POST', '/schedules', schedule);
    expect(refused.statusCode).toBe(422);
    expect(refused.json().detail).toContain(`(${lost})`);
    expect(refused.json().errors).toMatchObject([{ pointer: '/flow_id' }]);
    const suite = await send('POST', '/suites', { name: 's', flows: [{ flow_id: lost }] });
    expect(suite.json()).toMatchObject({ status: 422, errors: [{ pointer: '/flows/0/flow_id' }] });
  });

  test('headers that no request can have are refused', async () => {
    const body = (headers: object) => ({ name: 'headers', routing: { headers } });
    expect((await send('POST', '/environments', body({ 'Bad Header': 'x' }))).json().errors).toMatchObject([
      { code: 'TM1109' },
    ]);
    expect((await send('POST', '/environments', body({ 'X-A': 'a\r\nX-B: b' }))).json().errors).toMatchObject([
      { code: 'TM1205' },
    ]);
    const circle = { name: 'circle', variables: { A: '${B}', B: '${A}' } };
    expect((await send('POST', '/environments', circle)).json().errors).toMatchObject([{ code: 'TM2009' }]);
  });
});
