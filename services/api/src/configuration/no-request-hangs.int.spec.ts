import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { type FaultProxy, startFaultProxy } from '@testmesh/testing/fault-proxy';
import { describeWith } from '../../../../tools/testing/real.ts';
import { startConfiguration, type TestConfiguration } from './configuration.fixture.ts';

jest.setTimeout(120_000);

const FLOW = `flow:
  name: greets
  steps:
    - { action: log, config: { message: hi }, assert: ['message != ""'] }
`;
const BOUND_MS = 20_000;
const later = { statusCode: 503, headers: { 'retry-after': '2' } };

describeWith('postgres', 'no request hangs', (address) => {
  let proxy: FaultProxy;
  let world: TestConfiguration;
  let headers: Record<string, string>;
  let suite: string;

  beforeAll(async () => {
    const { hostname: host, port } = new URL(address);
    proxy = await startFaultProxy({ host, port: Number(port || 5432) });
    const waits = { connectMs: 1000, answerMs: 1000, lockMs: 500, idleInTransactionMs: 15_000 };
    world = await startConfiguration(address, undefined, undefined, { port: proxy.port, waits });
    headers = { ...(await world.headersOf(await world.workspace('one'))), 'content-type': 'application/json' };
    const made = async (url: string, payload: object) => {
      const response = await world.api.ask({ method: 'POST', url: `/api/v1${url}`, headers, payload });
      expect([response.statusCode, response.json()]).toEqual([201, expect.anything()]);
      return response.json().id as string;
    };
    const flow = await made('/flows', { yaml: FLOW });
    suite = await made('/suites', { name: 'all', flows: [{ flow_id: flow, order: 1 }] });
  });
  afterAll(async () => {
    proxy.heal();
    await world.close();
    await proxy.close();
  });

  const runSuite = async (key: string) => {
    const begun = performance.now();
    const response = await world.api.ask({
      method: 'POST',
      url: `/api/v1/suites/${suite}/run`,
      headers: { ...headers, 'idempotency-key': key },
      payload: {},
    });
    expect(performance.now() - begun).toBeLessThan(BOUND_MS);
    return response;
  };
  const suiteRuns = async () =>
    (await world.api.ask({ url: `/api/v1/suites/${suite}/runs`, headers })).json().total as number;

  test('a database that swallows every answer is a 503 in time; asked again afterwards it is done once', async () => {
    const before = await suiteRuns();
    const key = randomUUID();
    proxy.blackHole();
    expect(await runSuite(key)).toMatchObject(later);
    expect(await runSuite(key)).toMatchObject(later);
    proxy.heal();
    const [first, second] = [await runSuite(key), await runSuite(key)];
    expect([first.statusCode, second.statusCode]).toEqual([202, 202]);
    expect(second.json().id).toBe(first.json().id);
    expect(second.json().executions).toMatchObject([
      { execution_id: first.json().executions[0].execution_id, status: 'pending' },
    ]);
    expect(await suiteRuns()).toBe(before + 1);
  });

  test('so is a row that somebody holds and does not let go of', async () => {
    const holder = await world.storage.pool.connect();
    await holder.query('begin');
    await holder.query('select from testmesh.suites where id = $1 for update', [suite]);
    const key = randomUUID();
    expect(await runSuite(key)).toMatchObject(later);
    await holder.query('rollback');
    holder.release();
    expect((await runSuite(key)).statusCode).toBe(202);
  });

  test('a key that comes with another suite or body stands for nothing here', async () => {
    const key = randomUUID();
    expect((await runSuite(key)).statusCode).toBe(202);
    const other = await world.api.ask({
      method: 'POST',
      url: `/api/v1/suites/${suite}/run`,
      headers: { ...headers, 'idempotency-key': key },
      payload: { variables: { other: 1 } },
    });
    expect([other.statusCode, other.json().code]).toEqual([422, 'key-reused']);
  });
});
