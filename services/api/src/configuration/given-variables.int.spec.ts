import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeWith } from '../../../../tools/testing/real.ts';
import { startConfiguration, type TestConfiguration } from './configuration.fixture.ts';

const uses = (name: string, header: string) => `flow:
  name: ${name}
  steps:
    - id: ping
      action: http_request
      config: { url: "http://localhost:1", headers: { ${header} } }
      assert: [status == 200]
`;
const CREDENTIAL = 'Authorization: "Bearer ${KEY}"';
const PLAIN = 'X-Region: "${REGION}"';

describeWith('postgres', 'variables that are kept for later runs', (address) => {
  let world: TestConfiguration;
  let headers: Record<string, string>;
  beforeAll(async () => {
    world = await startConfiguration(address);
    headers = await world.headersOf(await world.workspace('one'));
  }, 30_000);
  afterAll(async () => {
    expect(world.api.failures).toEqual([]);
    await world.close();
  });

  const send = async (method: 'GET' | 'POST' | 'PUT', path: string, payload?: object) => {
    const more = { ...headers, 'if-match': '*' };
    return world.api.ask({ method, url: `/api/v1${path}`, headers: more, ...(payload && { payload }) });
  };
  const made = async (path: string, payload: object): Promise<string> => {
    const answer = await send('POST', path, payload);
    expect([answer.statusCode, answer.json().detail]).toEqual([201, undefined]);
    return answer.json().id;
  };
  const flow = (name: string, header = CREDENTIAL) => made('/flows', { yaml: uses(name, header) });
  const schedule = (name: string, target: object, variables: object) =>
    made('/schedules', { name, cron: '@yearly', ...target, variables });
  const shown = async (id: string) => (await send('GET', `/schedules/${id}`)).json().variables;
  const SECRET = { KEY: { $secret: 'KEY' } };

  test('are secret where a flow of the suite makes a credential of them, and others are shown', async () => {
    const flows = [{ flow_id: await flow('plain', PLAIN) }, { flow_id: await flow('authorizes'), order: 2 }];
    const suite = await made('/suites', { name: 'two', flows });
    const id = await schedule('of a suite', { suite_id: suite }, { KEY: 'abc', REGION: 'eu', URL: 'http://x/abc' });
    expect(await shown(id)).toEqual({ ...SECRET, REGION: 'eu', URL: 'http://x/***' });
    const { schedules } = (await send('GET', '/schedules?search=of a suite')).json();
    expect(schedules[0].variables).toEqual({ ...SECRET, REGION: 'eu', URL: 'http://x/***' });
  });

  test('stay secret when the flow makes no credential of them any more, and become it when it begins to', async () => {
    const flow_id = await flow('changes');
    const id = await schedule('of a flow', { flow_id }, { KEY: 'abc', REGION: 'eu' });
    expect(await shown(id)).toEqual({ ...SECRET, REGION: 'eu' });
    const begins = uses('changes', 'Authorization: "Bearer ${REGION}"');
    expect((await send('PUT', `/flows/${flow_id}`, { yaml: begins })).statusCode).toBe(200);
    expect(await shown(id)).toEqual({ ...SECRET, REGION: { $secret: 'REGION' } });
    // As it is shown it is sent back, for another flow that makes nothing of them.
    const body = { name: 'of a flow', cron: '@yearly', flow_id: await flow('another', PLAIN) };
    const variables = { ...(await shown(id)), NEW: 'n' };
    expect((await send('PUT', `/schedules/${id}`, { ...body, variables })).statusCode).toBe(200);
    expect(await shown(id)).toEqual({ ...SECRET, REGION: { $secret: 'REGION' }, NEW: 'n' });
    expect((await send('POST', `/schedules/${id}/pause`)).json().variables).toEqual({
      ...SECRET,
      REGION: { $secret: 'REGION' },
      NEW: 'n',
    });
  });

  test('are all secret where the flow is gone', async () => {
    const flow_id = await flow('goes');
    const id = await schedule('of nothing', { flow_id }, { REGION: 'eu' });
    expect(await shown(id)).toEqual({ REGION: 'eu' });
    await world.api.ask({
      method: 'DELETE',
      url: `/api/v1/flows/${flow_id}`,
      headers: { ...headers, 'if-match': '*' },
    });
    expect(await shown(id)).toEqual({ REGION: { $secret: 'REGION' } });
  });

  test('need their value where no secret of the name is kept', async () => {
    const flow_id = await flow('new');
    const body = { name: 'new', cron: '@yearly', flow_id, variables: SECRET };
    const refused = await send('POST', '/schedules', body);
    expect(refused.statusCode).toBe(422);
    expect(refused.json().errors).toMatchObject([{ pointer: '/variables/KEY' }]);
    const rule = { name: 'new', provider: 'github', repository: 'a/b', flow_id };
    expect((await send('POST', '/git-trigger-rules', { ...rule, variables: SECRET })).statusCode).toBe(422);
    const id = await made('/git-trigger-rules', { ...rule, variables: { KEY: 'abc' } });
    expect((await send('GET', `/git-trigger-rules/${id}`)).json().variables).toEqual(SECRET);
    const changed = await send('PUT', `/git-trigger-rules/${id}`, { ...rule, variables: { ...SECRET, B: 2 } });
    expect(changed.json().variables).toEqual({ ...SECRET, B: 2 });
    const [kept] = await world.storage.gitTriggerRules.listening('github', 'a/b');
    expect(kept?.variables).toEqual({ KEY: 'abc', B: 2 });
  });
});
