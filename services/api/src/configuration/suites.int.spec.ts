import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { describeWith } from '../../../../tools/testing/real.ts';
import { startConfiguration, type TestConfiguration } from './configuration.fixture.ts';

jest.setTimeout(60_000);

const HELLO = `flow:
  name: hello
  steps:
    - action: log
      config: { message: hi }
      assert: ['message == "hi"']
`;

describeWith('postgres', 'suites', (address) => {
  let world: TestConfiguration;
  let headers: Record<string, string>;
  beforeAll(async () => {
    world = await startConfiguration(address);
    headers = await world.headersOf(await world.workspace('one'));
  });
  afterAll(async () => {
    expect(world.api.failures).toEqual([]);
    await world.close();
  });

  const send = (method: 'POST' | 'PUT' | 'DELETE' | 'GET', url: string, payload?: object) =>
    world.api.ask({
      method,
      url: `/api/v1${url}`,
      headers: { 'if-match': '*', ...headers, ...(payload !== undefined && { 'content-type': 'application/json' }) },
      ...(payload !== undefined && { payload }),
    });
  const made = async (url: string, payload: object) => {
    const response = await send('POST', url, payload);
    expect([response.statusCode, response.json().detail]).toEqual([201, undefined]);
    return response.json();
  };
  const flow = async (name: string): Promise<string> =>
    (await made('/flows', { yaml: HELLO.replace('hello', name) })).id;
  const suite = async (name: string, ...flows: readonly string[]): Promise<string> =>
    (await made('/suites', { name, flows: flows.map((flow_id, order) => ({ flow_id, order })) })).id;

  test('a suite is never without flows: an empty one is refused, and a flow that suites name stays', async () => {
    const [kept, other] = [await flow('kept'), await flow('other')];
    expect((await send('POST', '/suites', { name: 'empty', flows: [] })).json()).toMatchObject({
      status: 400,
      errors: [{ pointer: '/flows', message: expect.stringContaining('at least one flow') }],
    });
    const id = await suite('names kept', kept, other);
    const refused = await send('DELETE', `/flows/${kept}`);
    expect([refused.statusCode, refused.json().detail]).toEqual([
      409,
      'suites name this flow: take it out of them, or delete them, first (names kept)',
    ]);
    expect((await send('PUT', `/suites/${id}`, { name: 'names kept', flows: [] })).statusCode).toBe(400);
    expect((await send('PUT', `/suites/${id}`, { name: 'names kept', flows: [{ flow_id: other }] })).statusCode).toBe(
      200,
    );
    expect((await send('DELETE', `/flows/${kept}`)).statusCode).toBe(204);
  });

  test('a suite whose flows are gone has failed, and no gate lets a revision through by it', async () => {
    const [gone, lost] = [await flow('gone'), await flow('lost')];
    const [ofGone, empty] = [await suite('of gone', gone), await suite('emptied', lost)];
    // As rows of an older version were left.
    await world.storage.pool.query('update testmesh.flows set deleted_at = now() where id = $1', [gone]);
    await world.storage.pool.query('delete from testmesh.suite_flows where suite_id = $1', [empty]);
    expect((await send('POST', `/suites/${ofGone}/run`, {})).json()).toMatchObject({
      status: 'failed',
      total_flows: 1,
      failed_flows: 1,
      executions: [{ flow_id: gone, status: 'failed', error: 'its flow was deleted' }],
    });
    const run = await send('POST', `/suites/${empty}/run`, {});
    expect([run.statusCode, run.json()]).toMatchObject([202, { status: 'failed', error: 'the suite has no flows' }]);
    for (const [suite_id, why] of [
      [ofGone, 'its flow was deleted'],
      [empty, 'the suite has no flows'],
    ]) {
      expect((await send('POST', '/gates/argo-rollouts', { suite_id, revision: 'abc' })).json()).toMatchObject({
        verdict: 'failed',
        message: expect.stringContaining(why ?? ''),
      });
      const canary = { name: 'c', namespace: 'n', phase: 'Progressing', checksum: 'x', metadata: { suite_id } };
      const asked = { method: 'POST', url: '/api/v1/gates/flagger', headers, payload: canary } as const;
      expect((await world.api.app.inject(asked)).statusCode).toBe(409);
    }
  });
});
