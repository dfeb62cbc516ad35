import { randomBytes } from 'node:crypto';
import { afterEach, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import { describeWith } from '../../../../tools/testing/real.ts';
import { masterKeys } from '../master-keys.ts';
import { migrate } from '../service.ts';
import { openStorage, type Storage } from '../storage.ts';
import { backup } from './dump.ts';
import { restore } from './restore.ts';

jest.setTimeout(120_000);

const clock = { now: () => Date.now(), monotonic: () => performance.now(), sleep: async () => undefined };
const keys = masterKeys(`k1:${'a'.repeat(64)}`);

async function* each(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}

describeWith('postgres', 'a backup', (server) => {
  const made: string[] = [];
  const onServer = async (sql: string): Promise<void> => {
    const client = new pg.Client({ connectionString: server });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  const database = async (): Promise<string> => {
    const name = `backup_${randomBytes(5).toString('hex')}`;
    await onServer(`create database ${name}`);
    made.push(name);
    const url = new URL(server);
    url.pathname = `/${name}`;
    await migrate({ databaseUrl: url.href });
    return url.href;
  };
  afterEach(async () => {
    for (const name of made.splice(0)) await onServer(`drop database ${name} with (force)`);
  });
  const using = async <T>(url: string, work: (storage: Storage) => Promise<T>): Promise<T> => {
    const storage = await openStorage({ url, keys, clock, onLost: () => undefined });
    return work(storage).finally(() => storage.close());
  };
  /** A database in which somebody has done something. */
  const used = async (): Promise<string> => {
    const url = await database();
    await using(url, async ({ workspaces, pool }) => {
      await workspaces.ensureDefault();
      await pool.query(`insert into journal.blobs (hash, bytes) values ('odd', '\\x00ff0a0d5b'::bytea)`);
      await pool.query(`insert into testmesh.projection_checkpoint (projector, cursor) values ('runs', '0:0')`);
    });
    return url;
  };
  const linesOf = async (url: string): Promise<readonly string[]> => {
    const lines: string[] = [];
    for await (const line of backup(url)) lines.push(line);
    return lines;
  };

  test('restored and taken again is the same, cell by cell', async () => {
    const [from, to] = [await used(), await database()];
    const lines = await linesOf(from);
    const rows = lines.filter((line) => line.startsWith('['));
    expect(await restore(to, each(lines))).toBe(rows.length);
    const again = await linesOf(to);
    const isData = (line: string) => !/^\{"(end|cursor)"/.test(line) && !line.includes('"projector"');
    expect(again.filter(isData)).toEqual(lines.filter(isData));
    expect(rows.join()).toContain('\\\\x00ff0a0d5b');
  });

  test('goes into an empty database only', async () => {
    const [from, to] = [await used(), await database()];
    const lines = await linesOf(from);
    await using(to, ({ pool }) =>
      pool.query(
        `insert into journal.events (born, stream, ver, at, id, type, chain, body) values ('0001-01-01', 's', 1, 1, 'i', 't', '', '')`,
      ),
    );
    await expect(restore(to, each(lines))).rejects.toThrow('the database is in use');
  });

  test('by pg_dump is told from ours: its transaction ids are those of another server', async () => {
    const url = await database();
    await using(url, ({ pool }) =>
      pool.query(`insert into journal.events (born, stream, ver, at, id, type, chain, body, xid)
        values ('0001-01-01', 's', 1, 1, 'i', 't', '', '', '9000000000000')`),
    );
    await expect(migrate({ databaseUrl: url })).rejects.toThrow('docs/backup.md');
  });

  test.each([
    ['is cut off', (lines: readonly string[]) => lines.slice(0, -1), 'it is not whole'],
    ['was changed', (lines: readonly string[]) => lines.map((line) => line.replace('"odd"', '"add"')), 'do not add up'],
    ['lacks a row', (lines: readonly string[]) => lines.filter((line) => !line.includes('"odd"')), 'do not add up'],
    [
      'comes from another version',
      (lines: readonly string[]) => lines.map((line) => line.replace('"0001_journal"', '"0001_diary"')),
      'another version',
    ],
    ['is something else', () => ['-- PostgreSQL database dump'], 'no backup of TestMesh'],
    ['is empty', () => [], 'it is not whole'],
  ])('that %s is refused, and leaves nothing', async (_, spoil, words) => {
    const [from, to] = [await used(), await database()];
    const rowsIn = async () => (await linesOf(to)).filter((line) => line.startsWith('['));
    const before = await rowsIn();
    await expect(restore(to, each(spoil(await linesOf(from))))).rejects.toThrow(words);
    expect(await rowsIn()).toEqual(before);
  });
});
