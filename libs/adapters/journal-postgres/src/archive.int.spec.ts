import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import type { RecordedEvent } from '@testmesh/domain';
import { journalEvent } from '@testmesh/testing/contracts';
import { describeWith } from '../../../../tools/testing/real.ts';
import { archivePartition } from './archive.ts';
import { readArchive } from './archive-file.ts';
import { postgresJournal } from './postgres-journal.ts';
import { type TestDatabase, testDatabase } from './test-database.fixture.ts';

const DAY = '2031-05-06';
const runOf = (number: number): string => {
  const hex = Date.parse(`${DAY}T10:00:00Z`).toString(16).padStart(12, '0');
  return `run-${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${String(number).padStart(12, '0')}`;
};

jest.setTimeout(60_000);

describeWith('postgres', 'a day of runs', (server) => {
  let database: TestDatabase;
  let folder: string;
  beforeAll(async () => {
    database = await testDatabase(server);
    folder = await mkdtemp(join(tmpdir(), 'journal-archive-'));
  });
  beforeEach(async () => {
    await database.empty();
    await rm(folder, { recursive: true, force: true });
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
    await database.drop();
  });

  const all = async (events: AsyncIterable<RecordedEvent>): Promise<RecordedEvent[]> => {
    const read: RecordedEvent[] = [];
    for await (const event of events) read.push(event);
    return read;
  };
  const read = (stream: string) => all(postgresJournal(database.pool).read(stream));
  const run = async (number: number, ends: boolean): Promise<void> => {
    const stream = runOf(number);
    const events = Array.from({ length: 700 }, (_, at) => journalEvent(stream, at + 1));
    if (ends) events.push(journalEvent(stream, 701, { type: 'RunCompleted' }));
    expect(await postgresJournal(database.pool).append(stream, 0, 1, events)).toMatchObject({ outcome: 'applied' });
  };
  const archive = () => archivePartition(database.pool, DAY, folder);

  test('leaves for a file when every run of it has ended, and comes back from there event by event', async () => {
    await run(1, true);
    await run(2, true);
    const before = await read(runOf(2));
    const file = join(folder, `${DAY}.1.jsonl.gz`);
    expect(await archive()).toEqual({ outcome: 'archived', file, streams: 2, events: 1402 });
    expect(await all(readArchive(folder, runOf(2)))).toEqual(before);
    const journal = postgresJournal(database.pool, { archive: folder });
    expect(await all(journal.read(runOf(2)))).toEqual(before);
    expect(await all(journal.read(runOf(2), 700))).toEqual(before.slice(700));
    expect(await all(journal.read(runOf(2), 701))).toEqual([]);
    expect(await archive()).toEqual({ outcome: 'absent' });
  });

  test('stays while one of its runs goes on', async () => {
    await run(1, true);
    await run(2, false);
    expect(await archive()).toEqual({ outcome: 'open', streams: 1 });
    expect(await read(runOf(1))).toHaveLength(701);
  });

  test('keeps its heads: an archived run is still ended, and says where its events are not', async () => {
    await run(1, true);
    await archive();
    const late = journalEvent(runOf(1), 702);
    expect(await postgresJournal(database.pool).append(runOf(1), 701, 1, [late])).toEqual({ outcome: 'terminal' });
    await expect(read(runOf(1))).rejects.toThrow('was archived, and this journal was given no archive folder');
  });

  test('is archived once more for a run that was born late', async () => {
    await run(1, true);
    await archive();
    await run(2, true);
    expect(await archive()).toMatchObject({ outcome: 'archived', streams: 1 });
    expect((await readdir(folder)).sort()).toEqual([`${DAY}.1.jsonl.gz`, `${DAY}.2.jsonl.gz`]);
    const journal = postgresJournal(database.pool, { archive: folder });
    for (const number of [1, 2]) expect(await all(journal.read(runOf(number)))).toHaveLength(701);
  });

  test('waits when somebody reads the journal for long, and loses nothing', async () => {
    await run(1, true);
    const reader = await database.pool.connect();
    await reader.query('begin');
    await reader.query('select count(*) from journal.events');
    await expect(archive()).rejects.toThrow('lock timeout');
    await reader.query('commit');
    reader.release();
    expect(await read(runOf(1))).toHaveLength(701);
    expect(await archive()).toMatchObject({ outcome: 'archived' });
  });

  test('that was changed in the file is refused by name', async () => {
    await run(1, true);
    const archived = await archive();
    if (archived.outcome !== 'archived') throw new Error('it was not archived');
    const text = gunzipSync(await readFile(archived.file)).toString('utf8');
    await writeFile(archived.file, gzipSync(text.replace('"number":7}', '"number":8}')));
    await expect(all(readArchive(folder, runOf(1)))).rejects.toThrow(`${archived.file} is damaged`);
    await writeFile(archived.file, gzipSync(text.slice(0, text.lastIndexOf('{"stream"'))));
    const journal = postgresJournal(database.pool, { archive: folder });
    await expect(all(journal.read(runOf(1)))).rejects.toThrow('does not hold');
  });
});
