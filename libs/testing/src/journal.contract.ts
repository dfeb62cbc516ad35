import { hash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { canonicalJson, type Envelope, numberFromText, type RecordedEvent, type Value } from '@testmesh/domain';
import type { AppendResult, Journal } from '@testmesh/ports';

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
    const read = async (afterVer?: number, from = stream): Promise<RecordedEvent[]> => {
      const events: RecordedEvent[] = [];
      for await (const recorded of journal.read(from, afterVer)) events.push(recorded);
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

    test('streams that are read at once, and one that is read twice, each come as they were asked for', async () => {
      const other = (nth: number) => `run-019aa000-0000-7000-8000-00000000010${nth}`;
      await journal.append(stream, 0, 1, [event(1), event(2), event(3)]);
      for (const nth of [1, 2]) await journal.append(other(nth), 0, 1, [journalEvent(other(nth), nth)]);
      const asked = [read(2), read(0, other(2)), read(0, 'run-nobody'), read(), read(1, other(1)), read(0, other(1))];
      const found = (await Promise.all(asked)).map((events) => events.map(({ id }) => id));
      const all = [1, 2, 3].map((number) => event(number).id);
      const [first, second] = [1, 2].map((nth) => journalEvent(other(nth), nth).id);
      expect(found).toEqual([[all[2]], [second], [], all, [], [first]]);
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

    test('each chain value is the hash of the one before and the canonical bytes', async () => {
      await journal.append(stream, 0, 1, [event(1), event(2)]);
      await journal.append(stream, 2, 1, [event(3)]);
      let before = '';
      for (const [at, { chain }] of (await read()).entries()) {
        expect(chain).toBe(hash('sha256', before + canonicalJson(event(at + 1) as unknown as Value)));
        before = chain;
      }
    });

    test('texts and numbers come back as they were, digits no double can hold included', async () => {
      const data = {
        exact: numberFromText('12345678901234567890.5'),
        text: 'tab\t "quoted" \u0000 ✓ \u{1f600}',
        empty: {},
      };
      await journal.append(stream, 0, 1, [event(1, { data, cause: 'c', corr: 'r', tp: 't' })]);
      const [first] = await read();
      expect(first).toMatchObject({ data, cause: 'c', corr: 'r', tp: 't' });
    });

    test('a long stream is read whole', async () => {
      const events = Array.from({ length: 1201 }, (_, at) => event(at + 1));
      await journal.append(stream, 0, 1, events);
      expect((await read(1)).map(({ id }) => id)).toEqual(events.slice(1).map(({ id }) => id));
    });

    test('appends begun at the same time are applied one after the other, whichever comes first', async () => {
      const [first, second] = await Promise.all([
        journal.append(stream, 0, 1, [event(1)]),
        journal.append(stream, 1, 1, [event(2)]),
      ]);
      expect(first).toEqual({ outcome: 'applied', ver: 1 });
      // Over several connections the second may be there before the first.
      expect([
        { outcome: 'applied', ver: 2 },
        { outcome: 'conflict', ver: 0 },
      ]).toContainEqual(second);
      expect((await read()).map(({ id }) => id)).toEqual(
        [event(1).id, event(2).id].slice(0, second.outcome === 'applied' ? 2 : 1),
      );
      expect(['applied', 'already_applied']).toContain((await journal.append(stream, 1, 1, [event(2)])).outcome);
    });

    const other = `${stream.slice(0, -1)}2`;
    const of = (name: string, number: number, over: Partial<Envelope> = {}) => journalEvent(name, number, over);

    test('an append to many streams accepts or refuses each alone, in the order given', async () => {
      await journal.append(stream, 0, 1, [event(1, { type: 'RunCompleted' })]);
      const results = await journal.appendMany([
        { stream: other, expectedVer: 0, epoch: 1, events: [of(other, 1), of(other, 2)] },
        { stream, expectedVer: 1, epoch: 1, events: [event(2)] },
        { stream: other, expectedVer: 0, epoch: 1, events: [of(other, 1)] },
        { stream: other, expectedVer: 2, epoch: 2, events: [of(other, 3, { epoch: 2 })] },
        { stream: other, expectedVer: 7, epoch: 2, events: [of(other, 4, { epoch: 2 })] },
        { stream: other, expectedVer: 3, epoch: 1, events: [of(other, 5)] },
      ]);
      expect(results).toEqual([
        { outcome: 'applied', ver: 2 },
        { outcome: 'terminal' },
        { outcome: 'already_applied', ver: 1 },
        { outcome: 'applied', ver: 3 },
        { outcome: 'conflict', ver: 3 },
        { outcome: 'fenced', epoch: 2 },
      ]);
      expect((await read(0, other)).map(({ id }) => id)).toEqual([1, 2, 3].map((number) => of(other, number).id));
      expect(await journal.appendMany([])).toEqual([]);
    });

    test('a hundred writers on ten streams leave each with every event once, numbered without a gap, though they repeat themselves', async () => {
      const streams = Array.from({ length: 10 }, (_, at) => `${stream.slice(0, -2)}1${at}`);
      const write = async (writer: number): Promise<AppendResult> => {
        const name = streams[writer % 10] as string;
        const events = [of(name, writer), of(name, writer + 1000)];
        for (let ver = 0; ; ) {
          const result = await journal.append(name, ver, 1, events);
          // As if the answer had been lost: the same append again.
          if (result.outcome === 'applied') return journal.append(name, ver, 1, events);
          if (result.outcome !== 'conflict') return result;
          ver = result.ver;
        }
      };
      const results = await Promise.all(Array.from({ length: 100 }, (_, writer) => write(writer)));
      expect(new Set(results.map(({ outcome }) => outcome))).toEqual(new Set(['already_applied']));
      for (const name of streams) {
        const events = await read(0, name);
        expect(events.map(({ ver }) => ver)).toEqual(Array.from({ length: 20 }, (_, at) => at + 1));
        expect(new Set(events.map(({ id }) => id)).size).toBe(20);
      }
    });
  });
