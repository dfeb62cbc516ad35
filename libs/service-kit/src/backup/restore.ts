import { createHash } from 'node:crypto';
import pg, { type ClientBase } from 'pg';
import { type BackupMark, BackupRefused, type BackupStart } from './lines.ts';
import { migrationsOf, tablesOf } from './tables.ts';

// Fills an empty database from a backup: all of it or nothing.
// B1. Events get the transaction id of the restore, whatever they had: ids of another server would hide them, and what is
//     written after them, from every reader. Their order is their position's, and readers go on where theirs says.
// B2. Rows go in as the bytes they came out as: nothing here reads them.

const BATCH_BYTES = 4 * 1024 * 1024;
const BATCH_ROWS = 1000;

/** How many rows were restored. The database has its newest schema, and nothing else, when this is called. */
export const restore = async (databaseUrl: string, lines: AsyncIterable<string>): Promise<number> => {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'testmesh restore' });
  await client.connect();
  try {
    await client.query('begin');
    await refuseUsed(client);
    const rows = await new Restoring(client).all(lines);
    await client.query('commit');
    return rows;
  } finally {
    await client.end();
  }
};

const refuseUsed = async (client: ClientBase): Promise<void> => {
  const sql = 'select exists (select from journal.events) or exists (select from testmesh.api_keys) as used';
  const { rows } = await client.query<{ used: boolean }>(sql);
  if (rows[0]?.used === true) throw new BackupRefused('the database is in use: a backup is restored into an empty one');
};

class Restoring {
  readonly #client: ClientBase;
  readonly #hash = createHash('sha256');
  #table: { readonly name: string; readonly columns: readonly string[] } | undefined;
  #batch: string[] = [];
  #bytes = 0;
  #rows = 0;
  #isWhole = false;

  constructor(client: ClientBase) {
    this.#client = client;
  }

  async all(lines: AsyncIterable<string>): Promise<number> {
    let isFirst = true;
    for await (const line of lines) {
      if (isFirst) await this.#begin(line);
      else if (line.startsWith('[')) await this.#row(line);
      else await this.#mark(JSON.parse(line) as BackupMark);
      isFirst = false;
      this.#hash.update(`${line}\n`);
    }
    if (!this.#isWhole) throw new BackupRefused('the backup ends before its last line: it is not whole');
    return this.#rows;
  }

  async #begin(line: string): Promise<void> {
    const start = startOf(line);
    const here = await migrationsOf(this.#client);
    if (start.migrations.join() !== here.join()) {
      const [more, less] = [
        start.migrations.filter((name) => !here.includes(name)),
        here.filter((name) => !start.migrations.includes(name)),
      ];
      throw new BackupRefused(
        `the backup was made by another version of TestMesh (it has ${more.join(', ') || 'nothing'} that this one has not, and lacks ` +
          `${less.join(', ') || 'nothing'}): restore it with that version, then upgrade`,
      );
    }
    // What migrations have put into an empty database comes with the backup, too.
    const tables = await tablesOf(this.#client);
    await this.#client.query(`truncate ${tables.map(({ name }) => name).join(', ')}`);
  }

  async #row(line: string): Promise<void> {
    this.#batch.push(line.slice(1, -1));
    this.#bytes += line.length;
    this.#rows += 1;
    if (this.#bytes > BATCH_BYTES || this.#batch.length === BATCH_ROWS) await this.#flush();
  }

  async #flush(): Promise<void> {
    const [table, rows] = [this.#table, `[${this.#batch.join(',')}]`];
    const isEmpty = this.#batch.length === 0;
    [this.#batch, this.#bytes] = [[], 0];
    if (isEmpty || table === undefined) return;
    const columns = table.columns.join(', ');
    if (table.name === 'journal.events') {
      const days = 'select distinct born as day from json_populate_recordset(null::journal.events, $1::json)';
      await this.#client.query(`select journal.ensure_partition(day) from (${days}) days`, [rows]);
    }
    await this.#client.query(
      `insert into ${table.name} (${columns}) overriding system value
       select ${columns} from json_populate_recordset(null::${table.name}, $1::json)`,
      [rows],
    );
  }

  async #mark(mark: BackupMark): Promise<void> {
    await this.#flush();
    if ('table' in mark) {
      const known = (await tablesOf(this.#client)).find(({ name }) => name === mark.table);
      if (known === undefined) throw new BackupRefused(`the backup has a table ${mark.table} that there is not`);
      this.#table = known;
    } else if ('cursor' in mark) {
      const sql = `update testmesh.projection_checkpoint set cursor = pg_current_xact_id() || ':' || $2::bigint where projector = $1`;
      await this.#client.query(sql, [mark.cursor, mark.position]);
    } else if ('sequence' in mark) {
      await this.#client.query('select setval($1::regclass, $2::bigint)', [mark.sequence, mark.last]);
    } else {
      const isSame = mark.sha256 === this.#hash.copy().digest('hex') && mark.rows === this.#rows;
      if (!isSame)
        throw new BackupRefused('the backup is not what was written: its lines do not add up to its last one');
      this.#isWhole = true;
    }
  }
}

const startOf = (line: string): BackupStart => {
  try {
    const start = JSON.parse(line) as BackupStart;
    if (start.testmesh === 'backup' && start.format === 1) return start;
  } catch {
    // Not even JSON: said below.
  }
  throw new BackupRefused('this is no backup of TestMesh: its first line does not say so');
};
