import type { ClientBase } from 'pg';

// What a database of TestMesh holds, read from the database itself: a table that a migration adds is in every backup.

interface Table {
  /** `journal.events` */
  readonly name: string;
  /** What is kept of it. Transaction ids mean nothing in another server: they are given anew. */
  readonly columns: readonly string[];
}

const COLUMNS = `
  select format('%I.%I', n.nspname, c.relname) as name,
    (select array_agg(format('%I', a.attname) order by a.attnum) from pg_attribute a
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
        and a.atttypid <> 'xid8'::regtype) as columns
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname in ('journal', 'testmesh') and c.relkind in ('r', 'p') and not c.relispartition
    and c.relname not like '%\\_migrations'
  order by 1`;

const REFERENCES = `
  select distinct conrelid::regclass::text as child, confrelid::regclass::text as parent from pg_constraint
  where contype = 'f' and connamespace::regnamespace::text in ('journal', 'testmesh') and conrelid <> confrelid`;

/** Every table, those that others refer to before them. */
export const tablesOf = async (client: ClientBase): Promise<readonly Table[]> => {
  const { rows: tables } = await client.query<Table>(COLUMNS);
  const { rows: references } = await client.query<{ child: string; parent: string }>(REFERENCES);
  const ordered: Table[] = [];
  const isPlaced = (name: string): boolean => ordered.some((table) => table.name === name);
  while (ordered.length < tables.length) {
    const next = tables.find(
      ({ name }) => !isPlaced(name) && references.every(({ child, parent }) => child !== name || isPlaced(parent)),
    );
    if (next === undefined) throw new Error('tables refer to each other in a circle: none can be filled first');
    ordered.push(next);
  }
  return ordered;
};

/** Names of the migrations that made the tables what they are. */
export const migrationsOf = async (client: ClientBase): Promise<readonly string[]> => {
  const sql = `select name from journal.journal_migrations union all select name from testmesh.store_migrations order by 1`;
  return (await client.query<{ name: string }>(sql)).rows.map(({ name }) => name);
};
