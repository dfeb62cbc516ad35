import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ConfigEventType } from '@testmesh/domain';
import { describeWith } from '../../../../tools/testing/real.ts';
import { AuditedStore } from './audited-store.ts';
import { changed, refused } from './changed.ts';
import { freshStore, type TestStore } from './store.fixture.ts';

const BROKEN: ConfigEventType = 'FlowDeleted';

describeWith('postgres', 'a change of configuration', (address) => {
  let fixture: TestStore;
  beforeAll(async () => {
    fixture = await freshStore(address);
    await fixture.pool.query('create table told (type text)');
    await fixture.pool.query('create table kept (name text constraint kept_name unique)');
  });
  afterAll(() => fixture.drop());

  /** Tells into a table of the same database, as the journal does. */
  const store = () =>
    new AuditedStore(fixture.pool, async (client, { type }) => {
      if (type === BROKEN) throw new Error('the journal is broken');
      await client.query('insert into told values ($1)', [type]);
    });
  const names = async () =>
    (await fixture.pool.query('select name from kept order by name')).rows.map(({ name }) => name);
  const told = async () =>
    (await fixture.pool.query('select type from told order by type')).rows.map(({ type }) => type);
  const keep = (name: string, type = `Kept ${name}`) =>
    store().change(
      fixture.caller,
      async ({ client, record }) => {
        await client.query('insert into kept values ($1)', [name]);
        if (type !== '') record(type as ConfigEventType, {});
        return name === 'refused' ? refused('NotFound') : changed(name);
      },
      { kept_name: 'NameTaken' },
    );

  test('commits with what it tells, or not at all', async () => {
    expect(await keep('a')).toEqual({ ok: true, value: 'a' });
    expect(await keep('refused')).toEqual({ ok: false, refusal: 'NotFound' });
    expect(await keep('a')).toMatchObject({ ok: false, refusal: 'NameTaken', because: ['a'] });
    await expect(keep('b', BROKEN)).rejects.toThrow('the journal is broken');
    await expect(keep('c', '')).rejects.toThrow('recorded no audit event');
    expect([await names(), await told()]).toEqual([['a'], ['Kept a']]);
  });

  test('leaves no connection in a transaction', async () => {
    await keep('d');
    await keep('d');
    const sql = `select count(*)::int as count from pg_stat_activity
      where datname = current_database() and state like 'idle in transaction%'`;
    expect((await fixture.pool.query(sql)).rows).toEqual([{ count: 0 }]);
  });
});
