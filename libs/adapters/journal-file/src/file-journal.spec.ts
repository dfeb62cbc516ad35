import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import type { RecordedEvent } from '@testmesh/domain';
import type { Journal } from '@testmesh/ports';
import { journalContract, journalEvent } from '@testmesh/testing/contracts';
import { fileBlobs, fileJournal, readRunFile, streamFile } from './index.ts';

const folders: string[] = [];
const folder = async (): Promise<string> => {
  const made = await mkdtemp(join(tmpdir(), 'journal-file-'));
  folders.push(made);
  return made;
};
afterAll(() => Promise.all(folders.map((each) => rm(each, { recursive: true, force: true }))));

journalContract('fileJournal', async () => fileJournal(await folder()));

const stream = 'run-019aa000-0000-7000-8000-000000000002';
const event = (number: number) => journalEvent(stream, number);
const read = async (journal: Journal): Promise<RecordedEvent[]> => {
  const events: RecordedEvent[] = [];
  for await (const recorded of journal.read(stream)) events.push(recorded);
  return events;
};

const written = async (count: number): Promise<string> => {
  const at = await folder();
  const journal = fileJournal(at);
  await journal.append(
    stream,
    0,
    1,
    Array.from({ length: count }, (_, number) => event(number + 1)),
  );
  await journal.close();
  return at;
};

test('appends begun at the same time are applied in the order they were begun', async () => {
  const journal = fileJournal(await folder());
  const begun = [1, 2, 3].map((number) => journal.append(stream, number - 1, 1, [event(number)]));
  expect(await Promise.all(begun)).toEqual([1, 2, 3].map((ver) => ({ outcome: 'applied', ver })));
  await journal.close();
});

test('what one process wrote another one reads and continues', async () => {
  const at = await written(2);
  const journal = fileJournal(at);
  expect(await journal.append(stream, 2, 1, [event(3)])).toEqual({ outcome: 'applied', ver: 3 });
  expect((await read(journal)).map(({ ver }) => ver)).toEqual([1, 2, 3]);
  await journal.close();
});

test.each([1, 20, 100])(
  'F2: a last line torn after %i bytes is ignored when read and cut off when written',
  async (bytes) => {
    const at = await written(3);
    const file = streamFile(at, stream);
    const lines = (await readFile(file, 'utf8')).split('\n');
    await writeFile(file, `${lines[0]}\n${lines[1]}\n${lines[2]?.slice(0, bytes)}`);
    const torn = readRunFile(file, await readFile(file));
    expect(torn).toMatchObject({ tornBytes: bytes, events: [{ ver: 1 }, { ver: 2 }] });
    const journal = fileJournal(at);
    expect(await journal.append(stream, 2, 1, [event(4)])).toEqual({ outcome: 'applied', ver: 3 });
    await journal.close();
    expect(readRunFile(file, await readFile(file))).toMatchObject({
      tornBytes: 0,
      events: [{}, {}, { data: { number: 4 } }],
    });
  },
);

test('F3: damage in the middle is named by its line and never appended to', async () => {
  const at = await written(3);
  const file = streamFile(at, stream);
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace('"number":2', '"number":7'));
  const journal = fileJournal(at);
  await expect(read(journal)).rejects.toThrow(`${file}:2 is damaged: its hash does not continue the chain`);
  await expect(journal.append(stream, 3, 1, [event(4)])).rejects.toThrow('is damaged');
  expect(await readFile(file, 'utf8')).not.toContain('"number":4');
});

test('F3: a whole last line that was changed is damage, not a torn line', async () => {
  const at = await written(2);
  const file = streamFile(at, stream);
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace('"number":2', '"number":7'));
  await expect(read(fileJournal(at))).rejects.toThrow(':2 is damaged');
});

test('F3: a line that is missing is damage', async () => {
  const at = await written(3);
  const file = streamFile(at, stream);
  const lines = (await readFile(file, 'utf8')).split('\n');
  await writeFile(file, [lines[0], lines[2], ''].join('\n'));
  await expect(read(fileJournal(at))).rejects.toThrow('it has version 3 where 2 belongs');
});

test('what somebody else wrote into the file is damage', async () => {
  const at = await written(1);
  const journal = fileJournal(at);
  await journal.append(stream, 1, 1, [event(2)]);
  await appendFile(streamFile(at, stream), 'from elsewhere\n');
  await expect(read(journal)).rejects.toThrow(':3 is damaged: it is not JSON');
  await journal.close();
});

test('blobs are named by their content and come back as they were', async () => {
  const blobs = fileBlobs(await folder());
  const bytes = new TextEncoder().encode('a large body');
  const hash = await blobs.put(bytes);
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  expect(await Promise.all([blobs.put(bytes), blobs.put(bytes)])).toEqual([hash, hash]);
  expect(new TextDecoder().decode(await blobs.get(hash))).toBe('a large body');
  expect(await blobs.get('0'.repeat(64))).toBeUndefined();
  expect(await blobs.get('../../etc/passwd')).toBeUndefined();
});
