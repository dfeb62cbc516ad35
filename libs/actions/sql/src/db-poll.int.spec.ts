import { afterEach, expect, test } from '@jest/globals';
import type { ValueMap } from '@testmesh/domain';
import { actionContext } from '@testmesh/testing';
import { describeWith } from '../../../../tools/testing/real.ts';
import { databaseQuery, dbPoll } from './index.ts';

let context = actionContext();
afterEach(async () => {
  await context.close();
  context = actionContext();
});

describeWith('postgres', 'db_poll on PostgreSQL', (connection) => {
  const poll = (config: ValueMap) =>
    dbPoll.perform({ connection, timeout: '3s', interval: '10ms', ...config }, context);
  const run = (query: string) => databaseQuery.perform({ connection, query }, context);

  const counted = async (): Promise<void> => {
    await run('CREATE TEMP SEQUENCE tries');
    await run('CREATE TEMP VIEW counted AS SELECT nextval($$tries$$) AS n');
  };

  test('waits until a row exists', async () => {
    await counted();
    expect(await poll({ query: 'SELECT * FROM counted WHERE n >= 3' })).toMatchObject({
      kind: 'completed',
      output: { success: true, attempts: 3, row_count: 1, first_row: { n: 3 } },
      implied: [{ expression: 'a row exists', passed: true }],
    });
  });

  test.each([
    [{ type: 'row_count', min_count: 2 }, "VALUES (1, 'a'), (2, NULL)"],
    [{ type: 'value_equals', column: 'column1', value: 2 }, "VALUES (1, 'a'), (2, NULL)"],
    [{ type: 'value_equals', column: 'column1', value: '2' }, "VALUES (1, 'a'), (2, NULL)"],
    [{ type: 'value_not_null', column: 'column2' }, "VALUES (1, NULL), (2, 'b')"],
  ])('the condition %j holds', async (condition, query) => {
    expect(await poll({ query, condition })).toMatchObject({ output: { success: true, attempts: 1 } });
  });

  test('a wait that ends without success fails the step and shows the last rows', async () => {
    const condition = { type: 'value_equals', column: 'status', value: 'done' };
    const outcome = await poll({ query: "SELECT 'running' AS status", condition, timeout: '100ms' });
    expect(outcome).toMatchObject({
      output: { success: false, rows: [{ status: 'running' }] },
      implied: [
        {
          passed: false,
          message: expect.stringMatching(/^some row has status == done: not after \d+ tr(?:y|ies) in \d+ ms$/),
        },
      ],
      exchange: { seen: [{ status: 'running' }] },
    });
  });

  test('max_attempts ends it earlier', async () => {
    expect(await poll({ query: 'SELECT 1 WHERE false', max_attempts: 2 })).toMatchObject({
      output: { success: false, attempts: 2 },
    });
  });

  test('a table that never came is named at the deadline', async () => {
    expect(await poll({ query: 'SELECT * FROM never_there', timeout: '100ms' })).toMatchObject({
      kind: 'not-carried-out',
      code: '42P01',
      reason: expect.stringContaining('relation "never_there" does not exist'),
    });
  });

  test('a cancelled wait ends at once with the reason', async () => {
    context = actionContext({ signal: AbortSignal.timeout(100) });
    const startedAt = performance.now();
    await expect(poll({ query: 'SELECT 1 WHERE false', interval: '30s', timeout: '2m' })).rejects.toThrow('timeout');
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });
});
