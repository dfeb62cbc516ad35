import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Action } from '@testmesh/action-kit';
import type { ValueMap } from '@testmesh/domain';
import { actionContext } from '@testmesh/testing';
import { describeWith } from '../../../../tools/testing/real.ts';
import { actions } from './index.ts';

const actionOf = (type: string): Action => {
  const found = actions.find(({ schema }) => schema.type === type);
  if (found === undefined) throw new Error(`no action ${type}`);
  return found;
};

describeWith('postgres', 'postgresql.*', (connection) => {
  let context = actionContext();
  const perform = (type: string, config: ValueMap) =>
    actionOf(`postgresql.${type}`).perform({ connection, ...config }, context);
  const output = async (type: string, config: ValueMap): Promise<ValueMap> => {
    const outcome = await perform(type, config);
    if (outcome.kind !== 'completed') throw new Error(`${outcome.code}: ${outcome.reason}`);
    return outcome.output;
  };

  beforeEach(async () => {
    context = actionContext();
    await output('execute', { statement: 'CREATE TEMP TABLE notes (id int PRIMARY KEY, "Text" text, tags text[])' });
  });
  afterEach(() => context.close());

  test('insert, update and delete return what they touched', async () => {
    const data = [
      { id: 1, Text: "it's", tags: ['a', 'b'] },
      { id: 2, Text: null, tags: [] },
    ];
    expect(await output('insert', { table: 'notes', data })).toMatchObject({ inserted: 2, rows: data });
    const update = { table: 'notes', data: { Text: 'new' }, where: 'id = $1 OR "Text" = $2', whereParams: [2, "it's"] };
    expect(await output('update', { ...update, returning: ['id'] })).toMatchObject({ updated: 2 });
    expect(await output('delete', { table: 'notes', where: 'id = $1', params: [1], returning: 'Text' })).toMatchObject({
      deleted: 1,
      rows: [{ Text: 'new' }],
    });
    expect(await output('query', { query: 'SELECT id FROM notes' })).toMatchObject({
      rows: [{ id: 2 }],
      rowCount: 1,
      fields: ['id'],
    });
  });

  test('rows with different columns are refused', async () => {
    const outcome = await perform('insert', { table: 'notes', data: [{ id: 1 }, { id: 2, Text: 'x' }] });
    expect(outcome).toMatchObject({ code: 'TM4103', reason: 'row 2 of `data` has other columns than the first one' });
  });

  test('a transaction is undone when one statement fails', async () => {
    const insert = { query: 'INSERT INTO notes (id) VALUES ($1)', params: [1] };
    expect(await perform('transaction', { statements: [insert, insert] })).toMatchObject({ code: '23505' });
    expect(await output('transaction', { statements: [insert, 'DELETE FROM notes'] })).toMatchObject({
      committed: true,
      results: [{ rowCount: 1 }, { rowCount: 1 }],
    });
  });

  test('assert judges the first row and says what does not hold', async () => {
    const query = 'SELECT 98 AS inventory, $1::text AS name';
    const assertions = [
      { field: 'inventory', operator: 'gte', value: 98 },
      { field: 'name', operator: 'eq', value: 'Gadget' },
    ];
    expect(await perform('assert', { query, params: ['Widget'], assertions })).toMatchObject({
      output: { passed: false, assertions_checked: 2, row: { inventory: 98, name: 'Widget' } },
      implied: [
        { passed: true },
        { passed: false, actual: 'Widget', expected: 'Gadget', expression: 'name eq "Gadget"' },
      ],
    });
  });

  test('tables and columns describe the database', async () => {
    expect((await output('tables', { schema: 'pg_catalog' }))['tables']).toEqual(expect.arrayContaining(['pg_type']));
    const { columns } = await output('columns', { schema: 'pg_catalog', table: 'pg_type' });
    expect(columns).toEqual(expect.arrayContaining([{ name: 'oid', type: 'oid', nullable: false, default: null }]));
  });

  test('another kind of database is refused by name', async () => {
    expect(await perform('query', { connection: 'mysql://a:b@127.0.0.1:1/x', query: 'SELECT 1' })).toMatchObject({
      code: 'TM4101',
      reason: 'the postgresql.* actions speak to PostgreSQL; use database_query here',
    });
  });
});
