import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Envelope, RecordedEvent } from '@testmesh/domain';
import type { Journal } from '@testmesh/ports';

/** An event of a stream; equal numbers give equal ids. */
export const journalEvent = (stream: string, number: number, over: Partial<Envelope> = {}): Envelope => ({
  id: `event-${stream}-${number}`,
  stream,
  type: 'StepStarted',
  sv: 1,
  workspace: 'local',
  epoch: 1,
  actor: 'test',
  time: 1_900_000_000_000_000 + number,
  data: { number },
  ...over,
});

/** What every journal must keep. */
export const journalContract = (name: string, create: () => Journal | Promise<Journal>): void =>
  describe(`${name} keeps the journal contract`, () => {
    const stream = 'run-019aa000-0000-7000-8000-000000000001';
    let journal: Journal;
    beforeEach(async () => {
      journal = await create();
    });
    afterEach(() => journal.close());

    const event = (number: number, over: Partial<Envelope> = {}) => journalEvent(stream, number, over);
    const read = async (afterVer?: number): Promise<RecordedEvent[]> => {
      const events: RecordedEvent[] = [];
      for await (const recorded of journal.read(stream, afterVer)) events.push(recorded);
      return events;
    };

    test('events come back in order, numbered from 1, as they were given', async () => {
      expect(await journal.append(stream, 0, 1, [event(1), event(2)])).toEqual({ outcome: 'applied', ver: 2 });
      expect(await journal.append(stream, 2, 1, [event(3)])).toEqual({ outcome: 'applied', ver: 3 });
      const events = await read();
      expect(events.map(({ ver, data }) => [ver, data])).toEqual([
        [1, { number: 1 }],
        [2, { number: 2 }],
        [3, { number: 3 }],
      ]);
      expect(events[0]).toMatchObject(event(1));
    });

    test('reading starts after the version asked for', async () => {
      await journal.append(stream, 0, 1, [event(1), event(2), event(3)]);
      expect((await read(2)).map(({ ver }) => ver)).toEqual([3]);
    });

    test('a stream that nobody wrote to is empty', async () => {
      expect(await read()).toEqual([]);
    });

    test('the second writer at one version is told the actual version and changes nothing', async () => {
      await journal.append(stream, 0, 1, [event(1)]);
      expect(await journal.append(stream, 0, 1, [event(2)])).toEqual({ outcome: 'conflict', ver: 1 });
      expect(await read()).toHaveLength(1);
    });

    test('a repeated append is recognised by its ids', async () => {
      await journal.append(stream, 0, 1, [event(1)]);
      await journal.append(stream, 1, 1, [event(2), event(3)]);
      expect(await journal.append(stream, 1, 1, [event(2), event(3)])).toEqual({ outcome: 'already_applied', ver: 3 });
      expect(await read()).toHaveLength(3);
    });

    test('a repeated append is recognised after the terminal event too', async () => {
      await journal.append(stream, 0, 1, [event(1, { type: 'RunCompleted' })]);
      const again = await journal.append(stream, 0, 1, [event(1, { type: 'RunCompleted' })]);
      expect(again).toEqual({ outcome: 'already_applied', ver: 1 });
    });

    test('a writer with an older epoch is fenced', async () => {
      await journal.append(stream, 0, 2, [event(1, { epoch: 2 })]);
      expect(await journal.append(stream, 1, 1, [event(2)])).toEqual({ outcome: 'fenced', epoch: 2 });
    });

    test('nothing follows the terminal event', async () => {
      await journal.append(stream, 0, 1, [event(1, { type: 'RunCompleted' })]);
      expect(await journal.append(stream, 1, 1, [event(2)])).toEqual({ outcome: 'terminal' });
    });

    test('each chain value depends on the one before', async () => {
      await journal.append(stream, 0, 1, [event(1), event(1, { id: 'other' })]);
      const [first, second] = await read();
      expect(first?.chain).toMatch(/^[0-9a-f]{64}$/);
      expect(second?.chain).not.toBe(first?.chain);
    });

    test('appends begun at the same time are applied one after the other', async () => {
      const results = await Promise.all([
        journal.append(stream, 0, 1, [event(1)]),
        journal.append(stream, 1, 1, [event(2)]),
      ]);
      expect(results.map(({ outcome }) => outcome)).toEqual(['applied', 'applied']);
    });
  });
