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

  test('run once when several services start together', async () => {
    const ran = await Promise.all([1, 2, 3].map(() => migrateStore(database.address, 'up')));
    expect(ran.filter((names) => names.length > 0)).toHaveLength(1);
  });
});
