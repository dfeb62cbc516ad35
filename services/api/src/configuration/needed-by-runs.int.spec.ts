import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { describeWith } from '../../../../tools/testing/real.ts';
import { endRun, takeEnds } from '../testing/end-run.fixture.ts';
import { startConfiguration, type TestConfiguration } from './configuration.fixture.ts';

jest.setTimeout(60_000);

const HELLO = `flow:
  name: hello
  steps:
    - { action: log, config: { message: hi }, assert: ['message == "hi"'] }
`;

describeWith('postgres', 'what a run has still to use', (address) => {
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
      headers: { 'if-match': '*', ...headers },
      ...(payload !== undefined && { payload }),
    });
  const made = async (url: string, payload: object) => {
    const response = await send('POST', url, payload);
    expect([response.statusCode, response.json().detail]).toEqual([expect.any(Number), undefined]);
    return response.json();
  };
  const flow = async (name: string): Promise<string> =>
    (await made('/flows', { yaml: HELLO.replace('hello', name) })).id;
  const refusedFor = (run: string) => [409, expect.stringContaining(run)];
  const deleted = async (url: string) => {
    const response = await send('DELETE', url);
    return response.statusCode === 204 ? 204 : [response.statusCode, response.json().detail];
  };

  test('a dataset, its flow and its environment stay until every row was asked for', async () => {
    const flowId = await flow('rows');
    const { id } = await made('/datasets', { name: 'users', csv: 'a\n1\n2\n' });
    const environment = await made('/environments', { name: 'rows' });
    const run = await made(`/datasets/${id}/run`, { flow_id: flowId, environment: 'rows', parallel: 1 });
    const needed = [`/datasets/${id}`, `/flows/${flowId}`, `/environments/${environment.id}`];
    for (const url of needed) expect(await deleted(url)).toEqual(refusedFor(`run ${run.id} over the dataset users`));
    const place = `/datasets/${id}/runs/${run.id}`;
    expect((await send('POST', `${place}/cancel`)).statusCode).toBe(202);
    await takeEnds(world.storage, (await send('GET', place)).json().rows[0].execution_id);
    for (const url of needed) expect(await deleted(url)).toBe(204);
  });

  test('a flow that a suite does not name any more stays while a run of the suite has still to ask for it', async () => {
    const [first, second] = [await flow('first'), await flow('second')];
    const { id } = await made('/suites', {
      name: 'changed',
      flows: [
        { flow_id: first, order: 1 },
        { flow_id: second, order: 2 },
      ],
    });
    const environment = await made('/environments', { name: 'parts' });
    const run = await made(`/suites/${id}/run`, { environment: 'parts' });
    expect((await send('PUT', `/suites/${id}`, { name: 'changed', flows: [{ flow_id: first }] })).statusCode).toBe(200);
    for (const url of [`/flows/${second}`, `/environments/${environment.id}`]) {
      expect(await deleted(url)).toEqual(refusedFor(`run ${run.id} of the suite changed`));
    }
    await endRun(world.storage, run.executions[0].execution_id, 'passed');
    const went = (await send('GET', `/suites/${id}/runs/${run.id}`)).json();
    expect(went.executions).toMatchObject([{ status: 'completed' }, { status: 'pending', error: null }]);
    expect(await deleted(`/flows/${second}`)).toBe(204);
  });

  test('of a run and the end of its dataset, or of its flow, at one time, one is refused', async () => {
    for (let round = 0; round < 15; round += 1) {
      const flowId = await flow(`raced ${round}`);
      const { id } = await made('/datasets', { name: `raced ${round}`, csv: 'a\n1\n2\n' });
      const gone = round % 2 === 0 ? `/datasets/${id}` : `/flows/${flowId}`;
      const [run, end] = await Promise.all([
        send('POST', `/datasets/${id}/run`, { flow_id: flowId, parallel: 1 }),
        send('DELETE', gone),
      ]);
      expect([run.statusCode < 300, end.statusCode === 204].sort()).toEqual([false, true]);
    }
  });
});
