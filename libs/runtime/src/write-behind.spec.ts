import { expect, test } from '@jest/globals';
import { type RecordedEvent, type RunEvent, runEventOf } from '@testmesh/domain';
import type { Journal } from '@testmesh/ports';
import { memoryJournal } from '@testmesh/testing';
import { eventId } from './event-id.ts';
import { systemClock } from './system-clock.ts';
import { WriteBehind, type WriteBehindOptions } from './write-behind.ts';

const stream = 'run-1';
const fact = (by: number): RunEvent => ({ type: 'RunCancelRequested', by: String(by) });

const stored = async (journal: Journal): Promise<RecordedEvent[]> => {
  const events: RecordedEvent[] = [];
  for await (const event of journal.read(stream)) events.push(event);
  return events;
};

/** A journal that tells how many events each append brought, and does what it is told. */
const watched = (before: () => Promise<void> = async () => undefined) => {
  const journal = memoryJournal();
  const batches: number[] = [];
  const append: Journal['append'] = async (name, ver, epoch, events) => {
    batches.push(events.length);
    await before();
    return journal.append(name, ver, epoch, events);
  };
  return { journal: { ...journal, append }, batches };
};

const writer = (journal: Journal, more: Partial<WriteBehindOptions> = {}) =>
  new WriteBehind({ journal, stream, clock: systemClock, lingerMs: 5, ...more });

test('W1: facts are kept in the order they were recorded, and read back as they were', async () => {
  const { journal } = watched();
  const recorder = writer(journal);
  const facts = Array.from({ length: 250 }, (_, at) => fact(at));
  for (const each of facts) recorder.record(each);
  await recorder.durable();
  const events = await stored(journal);
  expect(events.map(runEventOf)).toEqual(facts);
  expect(events[0]).toMatchObject({ stream, ver: 1, epoch: 1, sv: 1, workspace: 'local' });
});

test('W1: one append is in flight at a time', async () => {
  let inFlight = 0;
  let most = 0;
  const { journal } = watched(async () => {
    most = Math.max(most, ++inFlight);
    await systemClock.sleep(2);
    inFlight -= 1;
  });
  const recorder = writer(journal, { batchSize: 1 });
  for (let at = 0; at < 5; at++) recorder.record(fact(at));
  await recorder.durable();
  expect(most).toBe(1);
});

test('W2: a batch leaves when it is full, or when it has lingered', async () => {
  const { journal, batches } = watched();
  const recorder = writer(journal, { batchSize: 3 });
  for (let at = 0; at < 7; at++) recorder.record(fact(at));
  expect(batches.length).toBeLessThanOrEqual(1);
  await systemClock.sleep(40);
  expect(batches).toEqual([3, 3, 1]);
  await recorder.close();
});

test('W2: durable waits for what was recorded before it', async () => {
  const { journal } = watched(() => systemClock.sleep(10));
  const recorder = writer(journal, { lingerMs: 1000 });
  recorder.record(fact(1));
  await recorder.durable();
  expect(await stored(journal)).toHaveLength(1);
});

test('W3: a journal that fails is heard of at the next barrier and at every call after it', async () => {
  const { journal } = watched(() => Promise.reject(new Error('no space left')));
  const recorder = writer(journal);
  recorder.record(fact(1));
  await expect(recorder.durable()).rejects.toThrow('no space left');
  expect(() => recorder.record(fact(2))).toThrow('no space left');
  await expect(recorder.durable()).rejects.toThrow('no space left');
});

test('W3: a journal that refuses is a failure too', async () => {
  const { journal } = watched();
  await journal.append(stream, 0, 1, [envelopeOf('somebody else')]);
  const recorder = writer(journal);
  recorder.record(fact(1));
  await expect(recorder.durable()).rejects.toThrow('conflict');
});

const envelopeOf = (id: string) => ({
  id,
  stream,
  type: 'RunCancelRequested',
  sv: 1,
  workspace: 'local',
  epoch: 1,
  actor: 'x',
  time: 1,
  data: {},
});

test('ids are version 5 UUIDs that depend on stream, epoch and sequence alone', () => {
  expect(eventId('run-1', 1, 1)).toBe(eventId('run-1', 1, 1));
  const ids = [eventId('run-1', 1, 1), eventId('run-1', 1, 2), eventId('run-1', 2, 1), eventId('run-2', 1, 1)];
  expect(new Set(ids).size).toBe(4);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
