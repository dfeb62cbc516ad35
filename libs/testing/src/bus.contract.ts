import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type JournalMessage, journalMessageOf, type RecordedEvent } from '@testmesh/domain';
import type { Bus } from '@testmesh/ports';

/** An event as the journal gives it. */
const busEvent = (stream: string, ver: number): RecordedEvent => ({
  id: `${stream}-${ver}`,
  stream,
  type: 'StepStarted',
  sv: 1,
  workspace: 'w',
  epoch: 1,
  actor: 'test',
  time: 1_900_000_000_000_000 + ver,
  data: { text: 'ä', ver },
  ver,
  at: 1_900_000_000_000_000 + ver,
  chain: 'c'.repeat(64),
});

/** The same as it is published. */
export const busMessage = (stream: string, ver: number): JournalMessage => journalMessageOf(busEvent(stream, ver));

const until = async (holds: () => boolean, ms = 20_000): Promise<void> => {
  const deadline = performance.now() + ms;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error('it did not come in time');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

/** What every bus must keep. */
export const busContract = (name: string, create: () => Promise<Bus>): void =>
  describe(`${name} keeps the bus contract`, () => {
    let bus: Bus;
    const stops: (() => Promise<void>)[] = [];
    beforeEach(async () => {
      bus = await create();
    }, 60_000);
    afterEach(async () => {
      for (const stop of stops.splice(0)) await stop();
      await bus.close();
    }, 60_000);

    const collect = async (
      subscriber: string,
      also: (events: readonly RecordedEvent[]) => Promise<void> = async () => undefined,
    ) => {
      const got: RecordedEvent[] = [];
      const { stop } = await bus.subscribe({
        name: subscriber,
        handle: async (events) => {
          await also(events);
          got.push(...events);
        },
      });
      stops.push(stop);
      return got;
    };
    const stream = (number: number) => `run-019aa000-0000-7000-8000-00000000000${number}`;

    test('every name gets every event as it was, in order per stream', async () => {
      const [one, other] = [await collect('one'), await collect('other')];
      const events = [1, 2, 3].flatMap((ver) => [busEvent(stream(1), ver), busEvent(stream(2), ver)]);
      await bus.publish(events.slice(0, 4).map(journalMessageOf));
      await bus.publish(events.slice(4).map(journalMessageOf));
      for (const got of [one, other]) {
        await until(() => got.length >= 6);
        for (const number of [1, 2]) {
          const expected = events.filter((event) => event.stream === stream(number));
          expect(got.filter((event) => event.stream === stream(number))).toEqual(expected);
        }
      }
    }, 60_000);

    test('a batch whose handling fails is given again, and nothing of its stream overtakes it', async () => {
      let failures = 2;
      const got = await collect('failing', async () => {
        if (failures-- > 0) throw new TypeError('a fault of the handler');
      });
      await bus.publish([busMessage(stream(1), 1)]);
      await bus.publish([busMessage(stream(1), 2)]);
      await until(() => got.length >= 2);
      expect(got.map(({ ver }) => ver)).toEqual([1, 2]);
    }, 60_000);

    test('handling is one batch at a time', async () => {
      let running = 0;
      let most = 0;
      const got = await collect('slow', async () => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, 5));
        running -= 1;
      });
      for (let ver = 1; ver <= 20; ver++) await bus.publish([busMessage(stream(1), ver)]);
      await until(() => got.length >= 20);
      expect(most).toBe(1);
    }, 60_000);

    test('nothing is handled after stop', async () => {
      const got: RecordedEvent[] = [];
      const { stop } = await bus.subscribe({ name: 'leaving', handle: async (events) => void got.push(...events) });
      await bus.publish([busMessage(stream(1), 1)]);
      await until(() => got.length === 1);
      await stop();
      await bus.publish([busMessage(stream(1), 2)]);
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(got).toHaveLength(1);
    }, 60_000);
  });
