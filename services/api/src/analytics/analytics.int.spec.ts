import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { RUN_VIEWS } from '@testmesh/store-postgres';
import { describeWith } from '../../../../tools/testing/real.ts';
import { startConfiguration, type TestConfiguration } from '../configuration/configuration.fixture.ts';
import { fill, MARK, project } from '../graphql/graphql.fixture.ts';

// The first question of a server makes its schema and the checks of its answers.
jest.setTimeout(30_000);

const SLOW_MS = 90_000;

describeWith('postgres', 'figures over runs', (address) => {
  let world: TestConfiguration;
  let ours: string;
  beforeAll(async () => {
    world = await startConfiguration(address);
    ours = await world.workspace('one');
    await fill(world, ours);
  }, SLOW_MS);
  afterAll(() => world.close(), SLOW_MS);

  const get = async (path: string, workspace = ours) => {
    const headers = await world.headersOf(workspace);
    return (await world.api.ask({ url: `/api/v1${path}`, headers })).json();
  };
  const today = new Date().toISOString().slice(0, 10);

  test('tell how the runs of some days went, to their own workspace', async () => {
    const counts = { executions: 10, passed: 10, failed: 0, pass_rate: 100, average_ms: 9, passed_steps: 10 };
    const metrics = await get('/analytics/metrics');
    expect(metrics).toMatchObject({ end_date: today, ...counts, p50_ms: 9, p95_ms: 9 });
    expect(metrics.flows).toHaveLength(10);
    expect(metrics.flows[0]).toMatchObject({ flow_name: `${MARK} 0`, executions: 1, pass_rate: 100 });
    const two = await world.workspace('two');
    const other = await get('/analytics/metrics', two);
    expect((await get('/analytics/trends', two)).points).toEqual([]);
    expect(other).toMatchObject({ executions: 0, pass_rate: null, average_ms: null, p50_ms: null, flows: [] });
    const { points } = await get(`/analytics/trends?group_by=month&start_date=${today}`);
    expect(points).toMatchObject([{ start: `${today.slice(0, 7)}-01`, executions: 10 }]);
  });

  test('tell which flows change their mind and which steps take long', async () => {
    const flaky = await get('/analytics/flakiness');
    expect(flaky).toMatchObject({ total: 10, limit: 50 });
    expect(flaky.flows[0]).toMatchObject({
      flow_name: `${MARK} 0`,
      runs: 1,
      pass_rate: 100,
      score: 0,
      is_flaky: false,
    });
    const { steps } = await get('/analytics/steps?action=http_request');
    expect(steps).toHaveLength(10);
    expect(steps[0]).toMatchObject({
      step_id: 'look',
      runs: 1,
      failed: 0,
      pass_rate: 100,
      p95_ms: 5,
      common_error: null,
    });
  });

  test('tell which flows touch what, to their own workspace and by what is asked', async () => {
    const coverage = await get('/analytics/coverage');
    expect(coverage).toMatchObject({ total: 1, limit: 20, offset: 0 });
    const [target] = coverage.targets;
    expect(target).toMatchObject({ kind: 'endpoint', system: '127.0.0.1:9', name: 'GET /orders/{id}' });
    expect(target.flows).toHaveLength(10);
    const { flow_id: flow, ...first } = target.flows[0];
    expect(first).toMatchObject({ flow_name: `${MARK} 0`, action: 'http_request', last_verdict: 'passed' });
    const found = async (query: string, workspace = ours) =>
      (await get(`/analytics/coverage?${query}`, workspace)).targets.flatMap(({ flows }: typeof target) => flows)
        .length;
    expect(await found(`flow_id=${flow}`)).toBe(1);
    expect([
      await found('q=order&kind=endpoint&system=127.0.0.1:9'),
      await found('kind=topic'),
      await found('q=x'),
    ]).toEqual([10, 0, 0]);
    expect(await found('', await world.workspace('three'))).toBe(0);
    await world.storage.pool.query('update testmesh.flows set deleted_at = now() where id = $1', [flow]);
    expect(await found('')).toBe(9);
    await world.storage.pool.query('update testmesh.flows set deleted_at = null where id = $1', [flow]);
  });

  test('are the same in GraphQL', async () => {
    const query = `{
      metrics { executions passRate } trend(groupBy: week) { points { executions } }
      flakyFlows(limit: 1) { flows { score } } slowestSteps(limit: 1) { steps { p95Ms } }
    }`;
    const headers = await world.headersOf(ours);
    const response = await world.api.ask({ method: 'POST', url: '/api/v1/graphql', headers, payload: { query } });
    expect(response.json()).toEqual({
      data: {
        metrics: { executions: 10, passRate: 100 },
        trend: { points: [{ executions: 10 }] },
        flakyFlows: { flows: [{ score: 0 }] },
        slowestSteps: { steps: [{ p95Ms: 5 }] },
      },
    });
  });

  test(
    'are folded anew to the same bytes, and are shown from there when it takes their place',
    async () => {
      const rows = async (table: string, projector: string) => {
        const sql = `select (to_jsonb(t) - 'projector')::text as row from testmesh.${table} t where projector = $1 order by 1`;
        return (await world.storage.pool.query<{ row: string }>(sql, [projector])).rows.map(({ row }) => row);
      };
      const paths = [
        '/analytics/metrics',
        '/analytics/flakiness',
        '/analytics/steps',
        '/analytics/coverage',
        '/executions',
      ];
      const before = await Promise.all(paths.map((path) => get(path)));
      await project(world, 'anew');
      for (const table of ['run_view', 'flow_day', 'coverage_view']) {
        const first = await rows(table, RUN_VIEWS);
        expect(first.length).toBeGreaterThanOrEqual(10);
        expect(await rows(table, 'anew')).toEqual(first);
      }
      await world.storage.views.show(RUN_VIEWS, 'anew');
      await world.storage.views.discard(RUN_VIEWS);
      expect(await Promise.all(paths.map((path) => get(path)))).toEqual(before);
    },
    SLOW_MS,
  );

  test('are refused for days that are none', async () => {
    for (const query of [
      'start_date=2030-02-30',
      'start_date=2031-01-01&end_date=2030-01-01',
      'start_date=2001-01-01',
    ]) {
      expect((await get(`/analytics/metrics?${query}`)).status).toBe(400);
    }
  });

  test('a run is found by a word of it and by what it was asked with', async () => {
    const found = async (query: string) => {
      const { total, total_is_exact: isExact } = await get(`/executions?${query}`);
      expect(isExact).toBe(true);
      return total;
    };
    expect(await found('q=look')).toBe(10);
    expect(await found('q=ours+alo')).toBe(10);
    expect(await found('q=nothing')).toBe(0);
    expect(await found('q=%27%3B--')).toBe(0);
    expect(await found('trigger_type=api&tag=none')).toBe(0);
    expect(await found('trigger_type=api')).toBe(10);
    expect(await found('since=2001-01-01T00:00:00Z&until=2001-01-02T00:00:00Z')).toBe(0);
    expect(await found('since=2001-01-01T00:00:00Z')).toBe(10);
    expect(await found('error_code=TM1000')).toBe(0);
  });
});
