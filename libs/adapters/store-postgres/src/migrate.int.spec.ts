import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { describeWith } from '../../../../tools/testing/real.ts';
import { migrateStore } from './migrate.ts';
import { freshDatabase, type TestDatabase } from './store.fixture.ts';

describeWith('postgres', 'the migrations of the store', (address) => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await freshDatabase(address);
  });
  afterEach(() => database.drop());

  const tables = async () => {
    const sql = `select tablename from pg_tables where schemaname = 'testmesh' order by tablename`;
    return (await database.pool.query<{ tablename: string }>(sql)).rows.map(({ tablename }) => tablename);
  };

  test('build everything, and a second time nothing', async () => {
    expect(await migrateStore(database.address, 'up')).toContain('0001_workspaces');
    expect(await tables()).toEqual(expect.arrayContaining(['environments', 'flows', 'run_view', 'workspaces']));
    expect(await migrateStore(database.address, 'up')).toEqual([]);
  });

  test('go back with rows in the tables, and forward again', async () => {
    await migrateStore(database.address, 'up');
    await database.pool.query(`insert into testmesh.workspaces (name, slug) values ('a', 'a')`);
    await database.pool.query(
      `insert into testmesh.flows (workspace_id, name, file, text, definition)
       select id, 'f', 'f.yaml', 'name: f', '{}' from testmesh.workspaces`,
    );
    await migrateStore(database.address, 'down');
    expect(await tables()).toEqual(['store_migrations']);
    await migrateStore(database.address, 'up');
    expect(await tables()).toContain('workspaces');
  });

  test('do not go back where something is sealed that an older version would take for nothing', async () => {
    await migrateStore(database.address, 'up');
    await database.pool.query(
      `with w as (insert into testmesh.workspaces (name, slug) values ('a', 'a') returning id), s as (
         insert into testmesh.suites (workspace_id, name) select id, 's' from w returning id, workspace_id)
       insert into testmesh.suite_runs (workspace_id, suite_id, requested_by, sealed_variables, variables)
       select workspace_id, id, 'x', 'v1.k1.x', null from s`,
    );
    await expect(migrateStore(database.address, 'down')).rejects.toThrow('restore a backup instead');
    expect((await database.pool.query('select sealed_variables from testmesh.suite_runs')).rows).toEqual([
      { sealed_variables: 'v1.k1.x' },
    ]);
    expect(await migrateStore(database.address, 'up')).not.toContain('0140_sealed_variables');
  });

  test('run once when several services start together', async () => {
    const ran = await Promise.all([1, 2, 3].map(() => migrateStore(database.address, 'up')));
    expect(ran.filter((names) => names.length > 0)).toHaveLength(1);
  });
});
