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
});
