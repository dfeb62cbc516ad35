import type { SetAside } from '@testmesh/ports';
import type pg from 'pg';
import { inTransaction, type Queryable } from './rows.ts';
import { storable } from './view-columns.ts';

// How many are taken in, when one of them cannot be. Invariants:
// A1. All of them in one transaction; when that fails, each under a savepoint of its own, in a transaction that sets aside what fails.
// A2. While the database cannot work nothing is set aside: that passes, and the same is tried again.
// A3. What is set aside keeps its place, with the reason, until it could be taken in.

/** The projector under whose name it is set aside, and counted. */
export interface SettingAside {
  readonly pool: pg.Pool;
  readonly reader: string;
  /** Whether an error says no more than that the database cannot work just now. */
  readonly isPassing: (error: unknown) => boolean;
}

export interface Many<Item> {
  /** Once per transaction: what is to be taken in by it. */
  readonly begin: (client: pg.ClientBase) => Promise<readonly Item[]>;
  readonly nameOf: (item: Item) => string;
  readonly take: (client: pg.ClientBase, item: Item) => Promise<void>;
}

/** How many there were, and what had to be set aside. */
export interface Taken {
  readonly count: number;
  readonly setAside: readonly SetAside[];
}

export const takeMany = async <Item>(setting: SettingAside, many: Many<Item>): Promise<Taken> => {
  try {
    return await inTransaction(setting.pool, async (client) => {
      const items = await many.begin(client);
      for (const item of items) await many.take(client, item);
      return { count: items.length, setAside: [] };
    });
  } catch (error) {
    if (setting.isPassing(error)) throw error;
  }
  return takeEach(setting, many);
};

const takeEach = <Item>(setting: SettingAside, { begin, nameOf, take }: Many<Item>): Promise<Taken> =>
  inTransaction(setting.pool, async (client) => {
    const items = await begin(client);
    const setAside: SetAside[] = [];
    for (const item of items) {
      const error = await whyNot(setting, client, () => take(client, item));
      if (error === undefined) continue;
      await keepAside(client, setting.reader, { name: nameOf(item), error });
      setAside.push({ name: nameOf(item), error });
    }
    return { count: items.length, setAside };
  });

/** Under a savepoint: what was wrong with it, or nothing. */
const whyNot = async (
  { isPassing }: SettingAside,
  client: Queryable,
  work: () => Promise<void>,
): Promise<string | undefined> => {
  await client.query('savepoint one');
  try {
    await work();
    await client.query('release savepoint one');
    return undefined;
  } catch (error) {
    if (isPassing(error)) throw error;
    await client.query('rollback to savepoint one');
    return storable(error instanceof Error ? error.message : String(error));
  }
};

const keepAside = async (client: Queryable, reader: string, { name, error }: SetAside): Promise<void> => {
  await client.query(
    `insert into testmesh.parked_streams (projector, stream, ver, error) values ($1, $2, 0, $3)
     on conflict (projector, stream) do update set error = excluded.error`,
    [reader, name, error],
  );
};

export const listAside = async ({ pool, reader }: SettingAside): Promise<readonly SetAside[]> => {
  const sql =
    'select stream as name, error from testmesh.parked_streams where projector = $1 order by parked_at, stream';
  return (await pool.query<SetAside>(sql, [reader])).rows;
};

/** Takes in what was set aside, unless somebody else did; false when it still cannot be. */
export const takeAgain = (
  setting: SettingAside,
  name: string,
  take: (client: pg.ClientBase) => Promise<void>,
): Promise<boolean> =>
  inTransaction(setting.pool, async (client) => {
    const mine = [setting.reader, name];
    const held = 'select from testmesh.parked_streams where projector = $1 and stream = $2 for update';
    if ((await client.query(held, mine)).rowCount === 0) return true;
    const error = await whyNot(setting, client, () => take(client));
    if (error !== undefined) await keepAside(client, setting.reader, { name, error });
    else await client.query('delete from testmesh.parked_streams where projector = $1 and stream = $2', mine);
    return error === undefined;
  });
