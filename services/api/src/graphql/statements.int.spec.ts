import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeWith } from '../../../../tools/testing/real.ts';
import { startConfiguration, type TestConfiguration } from '../configuration/configuration.fixture.ts';
import { type Filled, fill, MARK } from './graphql.fixture.ts';

const SLOW_MS = 90_000;

describeWith('postgres', 'GraphQL over PostgreSQL', (address) => {
  let world: TestConfiguration;
  let ours: string;
  let ids: Filled;
  beforeAll(async () => {
    world = await startConfiguration(address);
    ours = await world.workspace('one');
    ids = await fill(world, ours);
  }, SLOW_MS);
  afterAll(() => world.close(), SLOW_MS);

  const ask = async (query: string) => {
    const headers = await world.headersOf(ours);
    const response = await world.api.ask({ method: 'POST', url: '/api/v1/graphql', headers, payload: { query } });
    const { data, errors } = response.json();
    expect(errors).toBeUndefined();
    return data;
  };

  /** How many statements an answer costs. */
  const statements = async (query: string): Promise<number> => {
    const { pool } = world.storage;
    const real = pool.query.bind(pool);
    let count = 0;
    pool.query = ((...args: Parameters<typeof real>) => {
      count += 1;
      return real(...args);
    }) as typeof pool.query;
    try {
      await ask(query);
    } finally {
      pool.query = real;
    }
    return count;
  };

  const nested = (limit: number): string => `{
    flows(limit: ${limit}) { flows {
      name runs(limit: 3) { id flow { name } steps { id } events { seq } diff(with: "${ids.run}") { path } }
    } }
    suites(limit: ${limit}) { suites {
      flows { flow { name } } runs(limit: 3) { executions { flow { name } run { id } } }
    } }
    schedules(limit: ${limit}) { schedules { flow { name runs(limit: 2) { id } } suite { id } runs { run { id } } } }
    runs(limit: ${limit}) { executions { flow { name } trace { resourceSpans { scopeSpans { spans { name } } } } } }
  }`;

  test(
    'a nested query costs no more statements for ten things than for one',
    async () => {
      const one = await statements(nested(1));
      const ten = await statements(nested(10));
      expect(ten).toBeLessThanOrEqual(one);
      expect(one).toBeLessThanOrEqual(25);
    },
    SLOW_MS,
  );

  test(
    'each of the ten gets what is its own',
    async () => {
      const { flows, suites, schedules } = await ask(nested(10));
      expect(flows.flows).toHaveLength(10);
      for (const { name, runs } of flows.flows) {
        expect(runs).toMatchObject([{ steps: [{ id: 'look' }], flow: { name }, diff: [] }]);
        expect(runs[0].events).toHaveLength(7);
      }
      expect(suites.suites[0].runs[0].executions[0].flow.name).toContain(MARK);
      expect(schedules.schedules[0]).toMatchObject({ flow: { runs: [{}] }, suite: null, runs: [] });
    },
    SLOW_MS,
  );
});
