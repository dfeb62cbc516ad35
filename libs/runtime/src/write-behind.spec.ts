import { expect, test } from '@jest/globals';
import { type RecordedEvent, type RunEvent, runEventOf } from '@testmesh/domain';
import type { Journal } from '@testmesh/ports';
import { fakeClock, memoryJournal } from '@testmesh/testing';
import { eventId } from './event-id.ts';
import { LeaseLost } from './lease-lost.ts';
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
  type: 'StepStarted',
  sv: 1,
  workspace: 'local',
  epoch: 1,
  actor: 'x',
  time: 1,
  data: {},
});

/** A run that the queue gave to us under epoch 2, with its first events. */
const claimed = async (journal: Journal): Promise<void> => {
  await journal.append(stream, 0, 0, [foreign('RunRequested', 0)]);
  await journal.append(stream, 1, 2, [foreign('RunClaimed', 2)]);
};

const foreign = (type: string, epoch: number, id = `${type}-${epoch}`) => ({ ...envelopeOf(id), type, epoch });

const owner = (journal: Journal, more: Partial<WriteBehindOptions> = {}) =>
  writer(journal, { clock: fakeClock({ auto: true }), epoch: 2, version: 2, lost: NEVER, ...more });

const NEVER = new AbortController().signal;

test('an owner goes on where the stream stands, under its epoch and in its name', async () => {
  const journal = memoryJournal();
  await claimed(journal);
  const recorder = owner(journal, { sequence: 7, workspace: 'acme', actor: 'executor-1' });
  recorder.record(fact(1));
  await recorder.durable();
  const [event] = (await stored(journal)).slice(2);
  expect(event).toMatchObject({ ver: 3, epoch: 2, workspace: 'acme', actor: 'executor-1', id: eventId(stream, 2, 8) });
});

test('W4: a lost reply and a journal out of reach do not repeat a fact', async () => {
  const journal = memoryJournal();
  await claimed(journal);
  let calls = 0;
  const flaky: Journal['append'] = async (...given) => {
    calls += 1;
    if (calls === 1) throw new Error('connection reset');
    const result = await journal.append(...given);
    if (calls === 2) throw new Error('the reply was lost');
    return result;
  };
  const recorder = owner({ ...journal, append: flaky });
  recorder.record(fact(1));
  recorder.record(fact(2));
  await recorder.durable();
  recorder.record(fact(3));
  await recorder.close();
  expect((await stored(journal)).slice(2).map(runEventOf)).toEqual([fact(1), fact(2), fact(3)]);
  expect(calls).toBe(4);
});

test('W4: when the lease is lost nothing is tried again, and whoever waits is told', async () => {
  const journal = memoryJournal();
  await claimed(journal);
  const lost = new AbortController();
  const heard: LeaseLost[] = [];
  const down: Journal['append'] = () => Promise.reject(new Error('no route'));
  const clock = fakeClock();
  const onLost = (error: LeaseLost) => void heard.push(error);
  const recorder = owner({ ...journal, append: down }, { clock, lost: lost.signal, onLost });
  recorder.record(fact(1));
  const durable = recorder.durable();
  lost.abort(new LeaseLost(stream, 2, 'unconfirmed'));
  await expect(durable).rejects.toThrow(LeaseLost);
  expect(() => recorder.record(fact(2))).toThrow('could not be extended in time');
  expect(heard).toHaveLength(1);
});

test.each([
  ['fenced', foreign('RunClaimed', 3)],
  ['terminal', { ...foreign('RunCompleted', 2) }],
  ['taken', foreign('RunLeaseExpired', 2)],
] as const)('W3: a run that is no longer ours is given up at once: %s', async (why, event) => {
  const journal = memoryJournal();
  await claimed(journal);
  await journal.append(stream, 2, event.epoch, [event]);
  const heard: string[] = [];
  const recorder = owner(journal, { onLost: (error) => void heard.push(error.why) });
  recorder.record(fact(1));
  await expect(recorder.durable()).rejects.toMatchObject({ name: 'LeaseLost', why, epoch: 2 });
  expect(heard).toEqual([why]);
});

test('W5: a request to cancel lands between our facts, is told once, and ours are renumbered', async () => {
  const journal = memoryJournal();
  await claimed(journal);
  const heard: string[] = [];
  const recorder = owner(journal, { onForeign: (events) => void heard.push(...events.map(({ type }) => type)) });
  recorder.record(fact(1));
  await recorder.durable();
  await journal.append(stream, 3, 2, [foreign('RunCancelRequested', 2)]);
  recorder.record(fact(2));
  recorder.record(fact(3));
  await recorder.durable();
  expect(heard).toEqual(['RunCancelRequested']);
  const events = await stored(journal);
  expect(events.map(({ ver, actor }) => [ver, actor]).slice(2)).toEqual([
    [3, 'cli'],
    [4, 'x'],
    [5, 'cli'],
    [6, 'cli'],
  ]);
});

test('W5: anything else between our facts is a failure that names it', async () => {
  const journal = memoryJournal();
  await claimed(journal);
  await journal.append(stream, 2, 2, [foreign('StepStarted', 2)]);
  const recorder = owner(journal);
  recorder.record(fact(1));
  await expect(recorder.durable()).rejects.toThrow('StepStarted by x');
});

test('W6: a producer that waits for room stays within the capacity', async () => {
  const { journal } = watched(() => systemClock.sleep(1));
  const recorder = writer(journal, { capacity: 10, batchSize: 5 });
  let most = 0;
  for (let at = 0; at < 100; at++) {
    recorder.record(fact(at));
    most = Math.max(most, at + 1 - (await stored(journal)).length);
    await recorder.room();
  }
  await recorder.close();
  expect(most).toBeLessThanOrEqual(16);
  expect(await stored(journal)).toHaveLength(100);
});

test('a sealed recorder takes nothing more, and still writes what it took', async () => {
  const journal = memoryJournal();
  await claimed(journal);
  const recorder = owner(journal);
  recorder.record(fact(1));
  recorder.seal(new Error('handed over'));
  expect(() => recorder.record(fact(2))).toThrow('handed over');
  await expect(recorder.durable()).rejects.toThrow('handed over');
  await recorder.close();
  expect(await stored(journal)).toHaveLength(3);
});

test('ids are version 5 UUIDs that depend on stream, epoch and sequence alone', () => {
  expect(eventId('run-1', 1, 1)).toBe(eventId('run-1', 1, 1));
  const ids = [eventId('run-1', 1, 1), eventId('run-1', 1, 2), eventId('run-1', 2, 1), eventId('run-2', 1, 1)];
  expect(new Set(ids).size).toBe(4);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
