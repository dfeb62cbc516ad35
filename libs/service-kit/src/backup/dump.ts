import { createHash } from 'node:crypto';
import pg, { type ClientBase } from 'pg';
import type { BackupMark, BackupStart } from './lines.ts';
import { migrationsOf, tablesOf } from './tables.ts';

// Writes everything a database of TestMesh holds as lines, as of one moment; nobody who writes meanwhile waits.

// Few: a body may have many megabytes.
const PAGE = 50;

// Of each reader the last position before the first event that it has not taken: what lies between is given again.
const CURSORS = `
  select projector as cursor, coalesce(
      (select min(gpos) - 1 from journal.events
        where (xid, gpos) > (split_part(cursor, ':', 1)::xid8, split_part(cursor, ':', 2)::bigint)),
      (select max(gpos) from journal.events), 0)::text as position
  from testmesh.projection_checkpoint order by 1`;

const SEQUENCES = `
  select format('%I.%I', schemaname, sequencename) as sequence, last_value::text as last
  from pg_sequences where schemaname in ('journal', 'testmesh') and last_value is not null
    and sequencename not like '%\\_migrations\\_%' order by 1`;

/** The lines of a backup, without their ends. */
export async function* backup(databaseUrl: string): AsyncGenerator<string> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'testmesh backup' });
  await client.connect();
  try {
    await client.query('begin isolation level repeatable read read only');
    const hash = createHash('sha256');
    let rows = 0;
    for await (const line of linesOf(client)) {
      hash.update(`${line}\n`);
      if (line.startsWith('[')) rows += 1;
      yield line;
    }
    yield JSON.stringify({ end: true, rows, sha256: hash.digest('hex') } satisfies BackupMark);
    await client.query('commit');
  } finally {
    await client.end();
  }
}

async function* linesOf(client: ClientBase): AsyncGenerator<string> {
  const migrations = await migrationsOf(client);
  yield JSON.stringify({ testmesh: 'backup', format: 1, migrations } satisfies BackupStart);
  for (const { name, columns } of await tablesOf(client)) {
    yield JSON.stringify({ table: name, columns } satisfies BackupMark);
    const order = name === 'journal.events' ? 'order by xid, gpos' : '';
    const row = `select ${columns.join(', ')} from ${name} ${order}`;
    await client.query(
      `declare page no scroll cursor for select '[' || row_to_json(r)::text || ']' as line from (${row}) r`,
    );
    for (;;) {
      const page = await client.query<{ line: string }>(`fetch ${PAGE} from page`);
      for (const { line } of page.rows) yield line;
      if (page.rows.length < PAGE) break;
    }
    await client.query('close page');
  }
  for (const sql of [CURSORS, SEQUENCES]) {
    for (const mark of (await client.query<Record<string, string>>(sql)).rows) yield JSON.stringify(mark);
  }
}
