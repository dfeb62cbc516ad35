import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import type { ChainVerdict } from '@testmesh/ports';
import { journalEvent } from '@testmesh/testing/contracts';
import { describeWith } from '../../../../tools/testing/real.ts';
import { archivePartition } from './archive.ts';
import { postgresChains } from './postgres-chains.ts';
import { postgresJournal } from './postgres-journal.ts';
import { type TestDatabase, testDatabase } from './test-database.fixture.ts';

const RUN = 'run-0190a000-0000-7000-8000-000000000001';
const DAY = '2024-07-11';
const KEPT = ['config-w', 'schedule-a', 'testenv-b'];

jest.setTimeout(60_000);

describeWith('postgres', 'the chain of a stream', (server) => {
  let database: TestDatabase;
  let folder: string;
  beforeAll(async () => {
    database = await testDatabase(server);
    folder = await mkdtemp(join(tmpdir(), 'journal-chains-'));
  });
  beforeEach(() => database.empty());
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
    await database.drop();
  });

  const fill = async (stream: string, count: number): Promise<void> => {
    const events = Array.from({ length: count }, (_, at) => journalEvent(stream, at + 1));
    await postgresJournal(database.pool).append(stream, 0, 1, events);
  };
  const workspace = journalEvent('x', 1).workspace;
  const verify = (stream: string) => postgresChains(database.pool, { archive: folder }).verify(workspace, stream);
  const change = (sql: string, ...values: readonly unknown[]) => database.pool.query(sql, [...values]);
  const everything = async (): Promise<readonly ChainVerdict[]> => {
    const chains = postgresChains(database.pool);
    const found: ChainVerdict[] = [];
    for (let page = await chains.verifyKept(workspace); ; page = await chains.verifyKept(workspace, page.next)) {
      found.push(...page.verdicts);
      if (page.next === undefined) return found;
    }
  };

  test.each([...KEPT, RUN])('of %s is whole as it was appended, over any number of events', async (stream) => {
    await fill(stream, 4321);
    expect(await verify(stream)).toEqual({ stream, events: 4321 });
    expect(await verify(`${stream}0`)).toBeUndefined();
    expect(await postgresChains(database.pool).verify('other', stream)).toBeUndefined();
  });

  const TAMPERINGS: readonly (readonly [string, string, NonNullable<ChainVerdict['broken']>])[] = [
    [
      'an event that says something else',
      `update journal.events set body = convert_to(replace(convert_from(body, 'UTF8'), '"number":7', '"number":8'), 'UTF8')
         where stream = $1 and ver = 7`,
      { ver: 7, how: 'altered' },
    ],
    [
      'an event whose bytes are no JSON any more',
      `update journal.events set body = 'x' where stream = $1 and ver = 7`,
      { ver: 7, how: 'altered' },
    ],
    [
      'an event that says something else under a chain value that fits it',
      `update journal.events e set body = 'x', chain = sha256(convert_to(encode(b.chain, 'hex'), 'UTF8') || 'x')
         from journal.events b where e.stream = $1 and e.ver = 7 and b.stream = $1 and b.ver = 6`,
      { ver: 7, how: 'altered' },
    ],
    [
      'an event of an earlier place under a chain value that fits it',
      `update journal.events e set id = b.id, body = b.body, chain = sha256(convert_to(encode(b.chain, 'hex'), 'UTF8') || b.body)
         from journal.events b where e.stream = $1 and e.ver = 7 and b.stream = $1 and b.ver = 6`,
      { ver: 8, how: 'altered' },
    ],
    [
      'another type beside the bytes',
      `update journal.events set type = 'RunParked' where stream = $1 and ver = 7`,
      { ver: 7, how: 'altered' },
    ],
    ['an event taken out', 'delete from journal.events where stream = $1 and ver = 7', { ver: 7, how: 'missing' }],
    [
      'the first one taken away',
      'delete from journal.events where stream = $1 and ver = 1',
      { ver: 1, how: 'missing' },
    ],
    ['an end cut off', 'delete from journal.events where stream = $1 and ver > 9', { ver: 10, how: 'missing' }],
    ['a head set back', 'update journal.head set ver = 9 where stream = $1', { ver: 10, how: 'added' }],
    [
      'an end written anew',
      `update journal.events e set body = convert_to(replace(convert_from(e.body, 'UTF8'), '"number":12', '"number":13'), 'UTF8'),
         chain = sha256(convert_to(encode(b.chain, 'hex'), 'UTF8')
           || convert_to(replace(convert_from(e.body, 'UTF8'), '"number":12', '"number":13'), 'UTF8'))
         from journal.events b where e.stream = $1 and e.ver = 12 and b.stream = $1 and b.ver = 11`,
      { ver: 12, how: 'altered' },
    ],
  ];

  test.each(TAMPERINGS)('of any kind is broken by %s, and says where', async (_, sql, broken) => {
    for (const stream of [...KEPT, RUN]) {
      await fill(stream, 12);
      expect((await change(sql, stream)).rowCount).toBeGreaterThan(0);
      expect(await verify(stream)).toEqual({ stream, events: broken.ver - 1, broken });
    }
  });

  test('is followed in parts over all streams of a workspace but those of runs, and over no others', async () => {
    for (const stream of [...KEPT, RUN]) await fill(stream, 2500);
    const many = Array.from({ length: 230 }, (_, at) => `schedule-${String(at).padStart(3, '0')}`);
    for (const stream of many) await fill(stream, 1);
    await fill('config-other', 2);
    await change(`update journal.head set workspace = 'other' where stream = 'config-other'`);
    await fill('testenv-long', 42_500);
    await change(`delete from journal.events where stream = 'schedule-077'`);
    const found = await everything();
    expect(found.map(({ stream }) => stream)).toEqual([...new Set([...KEPT, ...many, 'testenv-long'])].sort());
    expect(found.filter(({ broken }) => broken !== undefined)).toEqual([
      { stream: 'schedule-077', events: 0, broken: { ver: 1, how: 'missing' } },
    ]);
    expect(found.find(({ stream }) => stream === 'testenv-long')).toEqual({ stream: 'testenv-long', events: 42_500 });
  });

  test('of a run goes on in the archive', async () => {
    const events = Array.from({ length: 30 }, (_, at) => journalEvent(RUN, at + 1));
    events.push(journalEvent(RUN, 31, { type: 'RunCompleted' }));
    await postgresJournal(database.pool).append(RUN, 0, 1, events);
    const { rows } = await change(
      'select to_char(born, $2) as day from journal.head where stream = $1',
      RUN,
      'YYYY-MM-DD',
    );
    expect(rows[0].day).toBe(DAY);
    const archived = await archivePartition(database.pool, DAY, folder);
    if (archived.outcome !== 'archived') throw new Error('it was not archived');
    expect(await verify(RUN)).toEqual({ stream: RUN, events: 31 });

    const bytes = await readFile(archived.file);
    const text = gunzipSync(bytes).toString('utf8');
    const altered = { ver: 7, how: 'altered' };
    await writeFile(archived.file, gzipSync(text.replace('"number":7}', '"number":8}')));
    expect(await verify(RUN)).toEqual({ stream: RUN, events: 6, broken: altered });
    await writeFile(archived.file, gzipSync(text.slice(0, text.lastIndexOf('{"stream"'))));
    expect(await verify(RUN)).toEqual({ stream: RUN, events: 30, broken: { ver: 31, how: 'missing' } });
    await writeFile(archived.file, bytes.subarray(0, bytes.length / 2));
    expect(await verify(RUN)).toMatchObject({ broken: { how: 'altered' } });
    await rm(archived.file);
    expect(await verify(RUN)).toEqual({ stream: RUN, events: 0, broken: { ver: 1, how: 'missing' } });
    await expect(postgresChains(database.pool).verify(workspace, RUN)).rejects.toThrow('given no archive folder');
  });
});
